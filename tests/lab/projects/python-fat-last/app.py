from flask import Flask, abort, render_template

app = Flask(__name__)
RECIPES = {"bread": ["flour", "water", "salt"], "tea": ["tea", "water"]}


@app.get("/")
def index():
    return "\n".join(RECIPES) + "\n"


@app.get("/<name>")
def recipe(name):
    if name not in RECIPES:
        abort(404)
    return render_template("recipe.html", name=name, needs=RECIPES[name])
