const recipes = ["Rye bread", "Plum cake"];
document.querySelector("#app").innerHTML = `<ul>${recipes.map((it) => `<li>${it}</li>`).join("")}</ul>`;
