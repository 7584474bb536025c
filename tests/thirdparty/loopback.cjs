// Run inside local-slack before itself: it has no option for the address it listens at.
const serve = Bun.serve;
Bun.serve = (options) => serve({ ...options, hostname: "127.0.0.1" });
