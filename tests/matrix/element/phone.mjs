// A phone with Element's crypto: one line of JSON per command on stdin, one per answer or event on stdout.
import readline from "node:readline";
import * as sdk from "matrix-js-sdk";
import { AllDevicesIsolationMode, OnlySignedDevicesIsolationMode } from "matrix-js-sdk/lib/crypto-api/index.js";
import { logger } from "matrix-js-sdk/lib/logger.js";

logger.setLevel?.("silent");
logger.disableAll?.();
for (const name of ["log", "info", "debug", "warn", "trace"]) console[name] = () => {};

const tell = (thing) => process.stdout.write(`${JSON.stringify(thing)}\n`);
const [, , baseUrl, user, password, deviceId] = process.argv;

const identifier = { type: "m.id.user", user };
const login = await sdk
  .createClient({ baseUrl })
  .loginRequest({ type: "m.login.password", identifier, password, device_id: deviceId });
const client = sdk.createClient({
  baseUrl,
  accessToken: login.access_token,
  userId: login.user_id,
  deviceId: login.device_id,
  cryptoCallbacks: {},
});
await client.initRustCrypto({ useIndexedDB: false });

client.on("Event.decrypted", (event) => {
  if (event.getSender() === login.user_id) return;
  tell({ event: "read", body: event.isDecryptionFailure() ? null : event.getContent().body });
});
client.on("RoomMember.membership", async (event, member) => {
  if (member.userId !== login.user_id || member.membership !== "invite") return;
  await client.joinRoom(member.roomId);
  tell({ event: "joined", room: member.roomId });
});
await client.startClient({ initialSyncLimit: 20 });
await new Promise((done) => client.once("sync", done));
tell({ event: "ready" });

const commands = {
  // Make cross-signing keys of our own, as Element does at sign-up.
  async sign() {
    await client.getCrypto().bootstrapCrossSigning({
      setupNewCrossSigning: true,
      authUploadDeviceSigningKeys: async (send) => {
        try {
          return await send(null);
        } catch (refused) {
          return await send({ type: "m.login.password", identifier, user, password, session: refused.data?.session });
        }
      },
    });
    return (await client.getCrypto().getCrossSigningStatus()).privateKeysCachedLocally.masterKey;
  },
  // MSC4153: neither read nor be read by devices that their owner has not signed.
  strict({ on }) {
    const mode = on ? new OnlySignedDevicesIsolationMode() : new AllDevicesIsolationMode(true);
    client.getCrypto().setDeviceIsolationMode(mode);
    return true;
  },
  async say({ room, body }) {
    return (await client.sendTextMessage(room, body)).event_id;
  },
  async signed({ of }) {
    const devices = (await client.getCrypto().getUserDeviceInfo([of], true)).get(of) ?? new Map();
    const found = {};
    for (const id of devices.keys()) {
      found[id] = (await client.getCrypto().getDeviceVerificationStatus(of, id))?.signedByOwner ?? false;
    }
    return found;
  },
};

for await (const line of readline.createInterface({ input: process.stdin })) {
  const { id, command, ...rest } = JSON.parse(line);
  try {
    tell({ id, answer: await commands[command](rest) });
  } catch (trouble) {
    tell({ id, trouble: String(trouble).slice(0, 300) });
  }
}
process.exit(0);
