const n = document.querySelector("#n");
const add = (by) => { n.textContent = Math.max(0, Number(n.textContent) + by); };
document.querySelector("#up").addEventListener("click", () => add(1));
document.querySelector("#down").addEventListener("click", () => add(-1));
