const button = document.querySelector("button");
button.addEventListener("click", () => {
  const dark = document.body.classList.toggle("dark");
  button.setAttribute("aria-pressed", dark);
  localStorage.setItem("theme", dark ? "dark" : "light");
});
