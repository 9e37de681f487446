const field = document.querySelector("textarea"), left = document.querySelector("p");
function show() {
  const n = 20 - field.value.length;
  left.textContent = `${n} left`;
  left.classList.toggle("over", n < 0);
}
field.addEventListener("input", show);
show();
