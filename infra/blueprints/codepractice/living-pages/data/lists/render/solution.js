function render(people) {
  document.querySelector("ul").replaceChildren(...people.map((person) => {
    const li = document.createElement("li");
    li.textContent = `${person.name} (${person.age})`;
    return li;
  }));
}
