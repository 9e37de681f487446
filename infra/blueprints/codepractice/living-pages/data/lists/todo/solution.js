const form = document.querySelector("form"), field = form.querySelector("input"), list = document.querySelector("ul"), left = document.querySelector("p");
const count = () => { left.textContent = `${list.querySelectorAll("li:not(.done)").length} left`; };
form.addEventListener("submit", (event) => {
  event.preventDefault();
  if (field.value.trim() === "") return;
  const li = document.createElement("li");
  li.textContent = field.value.trim();
  list.append(li);
  field.value = "";
  count();
});
list.addEventListener("click", (event) => {
  event.target.closest("li")?.classList.toggle("done");
  count();
});
count();
