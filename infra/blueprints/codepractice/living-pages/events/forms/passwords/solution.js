const form = document.querySelector("form"), p = document.querySelector("p");
form.addEventListener("submit", (event) => {
  const same = form.querySelector("[name=a]").value === form.querySelector("[name=b]").value;
  if (!same) event.preventDefault();
  p.textContent = same ? "Welcome!" : "They differ.";
});
