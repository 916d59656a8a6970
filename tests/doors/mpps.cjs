// A foreign peer that says what it performs: dcmjs-dimse. Reads {port, station, requests} from
// standard input and prints the answers in their order.
const { Client, Dataset, requests, log } = require("dcmjs-dimse");
log.level = "error";
const MPPS = "1.2.840.10008.3.1.2.3.3";
const RETRIEVE = "1.2.840.10008.3.1.2.3.4";
const make = {
  create: (one) => new requests.NCreateRequest(MPPS, one.uid),
  set: (one) => new requests.NSetRequest(MPPS, one.uid),
  get: (one) => new requests.NGetRequest(RETRIEVE, one.uid, one.names),
};
const asked = JSON.parse(require("fs").readFileSync(0, "utf8"));
const answers = [];
const client = new Client();
for (const one of asked.requests) {
  const request = make[one.kind](one);
  if (one.data) request.setDataset(new Dataset(one.data));
  request.on("response", (answer) => {
    const command = answer.getCommandDataset().getElements();
    const data = answer.getDataset();
    answers.push({ status: answer.getStatus(), command, data: data ? data.getElements() : null });
  });
  client.addRequest(request);
}
client.on("networkError", (error) => console.error(String(error)));
client.on("closed", () => console.log(JSON.stringify(answers)));
client.send("127.0.0.1", asked.port, asked.station, "PATENCY");
