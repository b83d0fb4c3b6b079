import dayjs from "dayjs";
import { createServer } from "node:http";

const server = createServer((request, response) => {
  const day = dayjs("2026-02-28").add(Number(request.url?.slice(1)) || 0, "day");
  response.end(day.format("YYYY-MM-DD\n"));
});
server.listen(7000);
process.on("SIGTERM", () => server.close(() => process.exit(0)));
