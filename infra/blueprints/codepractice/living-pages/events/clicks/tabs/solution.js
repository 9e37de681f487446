const tabs = [...document.querySelectorAll("[role=tab]")];
const panels = [...document.querySelectorAll(".panel")];
function choose(index) {
  tabs.forEach((tab, i) => tab.setAttribute("aria-selected", i === index));
  panels.forEach((panel, i) => { panel.hidden = i !== index; });
}
tabs.forEach((tab, i) => tab.addEventListener("click", () => choose(i)));
choose(0);
