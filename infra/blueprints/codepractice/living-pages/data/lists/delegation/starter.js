for (const button of document.querySelectorAll("button")) {
  button.addEventListener("click", () => button.remove());
}
