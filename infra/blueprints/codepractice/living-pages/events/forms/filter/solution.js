document.querySelector("input").addEventListener("input", (event) => {
  const wanted = event.target.value.toLowerCase();
  for (const li of document.querySelectorAll("li")) li.hidden = !li.textContent.toLowerCase().includes(wanted);
});
