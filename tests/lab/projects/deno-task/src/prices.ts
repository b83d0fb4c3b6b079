export const prices = [{ name: "chair", price: 40 }, { name: "table", price: 120 }];
