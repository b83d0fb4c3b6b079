module.exports = { docs: ["bees"] };
