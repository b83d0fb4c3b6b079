module.exports = {
  title: "Handbook",
  url: "https://handbook.example.org",
  baseUrl: "/",
  presets: [["classic", { docs: { routeBasePath: "/docs" }, blog: false }]],
};
