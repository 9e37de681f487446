const p = document.querySelector("p");
let n = 3;
p.textContent = n;
const timer = setInterval(() => {
  n--;
  p.textContent = n > 0 ? n : "Go!";
  if (n === 0) clearInterval(timer);
}, 1000);
