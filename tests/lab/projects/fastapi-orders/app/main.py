from pathlib import Path

from fastapi import FastAPI, HTTPException
from fastapi.responses import FileResponse
from pydantic import BaseModel, Field

app = FastAPI(title="Orders")
orders: dict[int, "Order"] = {}


class Order(BaseModel):
    what: str
    count: int = Field(gt=0)


@app.get("/")
def page():
    return FileResponse(Path(__file__).parent / "static" / "index.html")


@app.post("/orders", status_code=201)
def add(order: Order):
    orders[len(orders) + 1] = order
    return {"number": len(orders)}


@app.get("/orders/{number}")
def one(number: int) -> Order:
    if number not in orders:
        raise HTTPException(404, "no such order")
    return orders[number]
