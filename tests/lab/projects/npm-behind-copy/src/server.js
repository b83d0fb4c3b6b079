const connect = require("connect");
const files = require("serve-static");

const app = connect();
app.use(files(__dirname, { index: ["index.html"], etag: false, lastModified: false }));
app.use(files("public", { etag: false, lastModified: false }));

const server = app.listen(3000);
process.on("SIGTERM", () => server.close(() => process.exit(0)));
