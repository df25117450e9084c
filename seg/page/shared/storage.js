// @ts-check
// What the browser keeps of one of its tabs, so that a reload loses nothing: the visitor's own photo and what they
// painted, in IndexedDB under a random name of the tab; small things in sessionStorage, where that name is, too.
//
//   await write([[["photo", "shown"], photo]])      true once it is stored
//   await read(["photo", "shown"])                   undefined where there is none
//   small.set("sending", true)                       at once
//
// Where the browser stores nothing, the page works without. What a closed tab left is removed when the page is next
// opened: ten minutes later where browsers say which tabs are open (secure contexts), else a day later.

const DATABASE = "seg";
const STORE = "tabs"; // [tab, ...key] -> value
const SLOW = 15_000; // ms until storage counts as not there
const HELD = 3_000; // ms that the page before a reload may take to let go of its name
const ABSENT = 600_000; // ms that a tab may be gone, reloading or on another site, and find its things again
const DAY = 86_400_000; // ms

/** @typedef {(string | number)[]} Key */

/** Strings, numbers, lists and plain objects that survive a reload; they are small and written at once. */
export const small = {
  /** @param {string} name @returns {any} null where there is none */
  get(name) {
    try {
      return JSON.parse(sessionStorage.getItem("seg-" + name) ?? "null");
    } catch {
      return null;
    }
  },

  /** @param {string} name @param {any} value null removes it. @returns {boolean} whether it is stored */
  set(name, value) {
    try {
      if (value === null) sessionStorage.removeItem("seg-" + name);
      else sessionStorage.setItem("seg-" + name, JSON.stringify(value));
      return true;
    } catch {
      return false;
    }
  },
};

const newName = () => Array.from(crypto.getRandomValues(new Uint32Array(4)), (part) => part.toString(16)).join("");
const lockOf = (/** @type {string} */ tab) => "seg-tab-" + tab;

/** @returns {Promise<IDBDatabase | null>} */
function openDatabase() {
  return new Promise((resolve) => {
    setTimeout(() => resolve(null), SLOW);
    try {
      const asked = indexedDB.open(DATABASE, 1);
      asked.onupgradeneeded = () => asked.result.createObjectStore(STORE);
      asked.onsuccess = () => resolve(asked.result);
      asked.onerror = () => resolve(null);
    } catch {
      resolve(null);
    }
  });
}

/** Holds a tab's name for as long as the tab shows this page. False where another one does: a duplicated tab.
 * @param {string} tab
 * @returns {Promise<boolean>} */
function hold(tab) {
  if (!navigator.locks) return Promise.resolve(true);
  return new Promise((resolve) => {
    const signal = AbortSignal.timeout(HELD);
    const held = () => {
      resolve(true);
      return new Promise(() => {});
    };
    navigator.locks.request(lockOf(tab), { signal }, held).catch(() => resolve(false));
  });
}

/** The database and this tab's name in it. */
const ready = (async () => {
  const db = await openDatabase();
  let tab = small.get("tab");
  if (typeof tab !== "string") small.set("tab", (tab = newName()));
  if (db && !(await hold(tab))) {
    const copy = newName();
    await transact(db, "readwrite", (store) => copyTab(store, tab, copy));
    small.set("tab", (tab = copy));
    await hold(tab);
  }
  if (db) removeClosed(db, tab);
  return { db, tab };
})();

/**
 * @template T
 * @param {IDBDatabase} db
 * @param {IDBTransactionMode} mode
 * @param {(store: IDBObjectStore) => IDBRequest<T> | void} work
 * @returns {Promise<T | true | undefined>} what the request that `work` returns found, else true; undefined: it failed
 */
function transact(db, mode, work) {
  return new Promise((resolve) => {
    setTimeout(() => resolve(undefined), SLOW); // a disk that hangs must not keep a painting from its score
    try {
      const step = db.transaction(STORE, mode);
      const asked = work(step.objectStore(STORE));
      step.oncomplete = () => resolve(asked ? asked.result : true);
      step.onabort = () => resolve(undefined);
    } catch {
      resolve(undefined); // closed, or what cannot be cloned
    }
  });
}

/** All keys that begin with `key`. @param {Key} key */
const below = (key) => IDBKeyRange.bound(key, [...key, []]); // lists come after numbers and strings

/** @param {IDBObjectStore} store @param {string} from @param {string} to */
function copyTab(store, from, to) {
  store.openCursor(below([from])).onsuccess = ({ target }) => {
    const cursor = /** @type {IDBRequest<IDBCursorWithValue | null>} */ (target).result;
    if (!cursor) return;
    store.put(cursor.value, [to, .../** @type {Key} */ (cursor.key).slice(1)]);
    cursor.continue();
  };
}

/** @param {IDBDatabase} db @param {string} mine */
async function removeClosed(db, mine) {
  const keys = await transact(db, "readonly", (store) => store.getAllKeys());
  if (!Array.isArray(keys)) return;
  const held = (await navigator.locks?.query())?.held?.map(({ name }) => name);
  for (const tab of new Set(/** @type {string[][]} */ (keys).map(([name]) => name))) {
    if (tab === mine || held?.includes(lockOf(tab))) continue;
    const seen = await transact(db, "readonly", (store) => store.get([tab, "seen"]));
    if (typeof seen === "number" && Date.now() - seen < (held ? ABSENT : DAY)) continue;
    await transact(db, "readwrite", (store) => store.delete(below([tab])) && undefined);
  }
}

/**
 * What is stored under a key of this tab; undefined where there is nothing.
 * @param {Key} key
 * @returns {Promise<any>}
 */
export async function read(key) {
  const { db, tab } = await ready;
  return db ? transact(db, "readonly", (store) => store.get([tab, ...key])) : undefined;
}

/**
 * Stores values under keys of this tab and removes others, all or nothing. Never rejects.
 * @param {[Key, any][]} entries
 * @param {Key[]} [gone] keys to remove
 * @returns {Promise<boolean>} whether it is stored
 */
export async function write(entries, gone = []) {
  const { db, tab } = await ready;
  if (!db) return false;
  const stored = await transact(db, "readwrite", (store) => {
    for (const key of gone) store.delete([tab, ...key]);
    for (const [key, value] of entries) store.put(value, [tab, ...key]);
    store.put(Date.now(), [tab, "seen"]);
  });
  return stored === true;
}
