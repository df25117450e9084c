// Carries the page's questions about the models' weights to the server: see shared/downloads.js.
import { carryDownloads } from "../../shared/downloads.js";
import { requester } from "../../shared/request.js";

export function mount({ element, props, trigger, watch }) {
  carryDownloads(requester({ element, props, trigger, watch }));
}
