const dialog = document.querySelector("dialog");
document.querySelector("#open").addEventListener("click", () => { dialog.open = true; });
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") dialog.open = false;
});
