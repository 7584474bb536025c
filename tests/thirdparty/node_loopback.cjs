// Run by node before a server that listens to the whole network: on this machine alone, and it says where.
const { Server } = require("node:net");

const listen = Server.prototype.listen;
Server.prototype.listen = function (port, done) {
  return listen.call(this, { port, host: "127.0.0.1" }, () => {
    console.log(`http://127.0.0.1:${this.address().port} `);
    done?.();
  });
};
