// @ts-check
// `window.seg`, for tests and for whoever looks into the page from the browser's console. No component reads it.
import { address } from "./address.js";
import { classes } from "./classes.js";
import { deflate } from "./codec.js";
import { page } from "./page.js";

Object.assign(window, { seg: { page, address, classes, deflate } });
