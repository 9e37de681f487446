document.querySelector("ul").addEventListener("click", (event) => {
  if (event.target.matches("button")) event.target.closest("li").remove();
});
