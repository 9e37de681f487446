const p = document.querySelector("p");
document.querySelector("button").addEventListener("click", async () => {
  p.textContent = "Loading…";
  try {
    const answer = await fetch("/weather");
    if (!answer.ok) throw new Error(answer.status);
    p.textContent = `${(await answer.json()).temperature} °C`;
  } catch {
    p.textContent = "Sorry!";
  }
});
