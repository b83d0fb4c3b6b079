import { inZone } from "./zones";

const server = Bun.serve({
  port: 3000,
  fetch(request) {
    const zone = new URL(request.url).pathname.slice(1) || "UTC";
    try {
      return new Response(inZone(new Date(1735689600000), zone));
    } catch {
      return new Response("no such zone", { status: 404 });
    }
  },
});
process.on("SIGTERM", () => server.stop(true).then(() => process.exit(0)));
