// Carries the page's questions about the models' weights to the server: see shared/downloads.js.
import { carryDownloads } from "../../shared/downloads.js";
import { requester } from "../../shared/request.js";

export function mount({ props, trigger, watch }) {
  carryDownloads(requester({ props, trigger, watch }));
}
