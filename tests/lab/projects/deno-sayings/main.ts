Deno.serve({ port: 8000 }, async () => {
  const { success } = await new Deno.Command("/usr/games/fortune", { args: ["-s"] }).output();
  return new Response(success ? "there is a saying" : "none");
});
