// What crosses files, for the type checker and for readers.

/** red, green, blue: 0..255 each */
export type Color = [number, number, number];
export type Pixel = { row: number; column: number };

/** color is the one in use; colors has it in both palettes */
export type ClassEntry = { id: number; name: string; color: Color; colors: { voc: Color; safe: Color } };

/** One class found in the photo. color: "#rrggbb" as the server writes it */
export type FoundClass = { id: number; name: string; color: string; pixels: number; share: number; blobs: number };

/** Labels and confidence are row-major, height x width; coarse is the grid of the network's own cells. */
export type Photo = {
  id: string;
  name: string;
  example: string;
  credit: string;
  photo: string;
  truth: number;
  model: string;
  modelTitle: string;
  device: string;
  milliseconds: number;
  note: string;
  alignCorners: boolean;
  height: number;
  width: number;
  size: [number, number] | null;
  image: HTMLImageElement;
  labels: Uint8Array;
  confidence: Uint8Array;
  coarse: { height: number; width: number; labels: Uint8Array };
  classes: FoundClass[];
};

/** What the visitor paints of one photo; `truth` names the labels it is graded against. */
export type Painting = {
  key: string;
  height: number;
  width: number;
  bytes: Uint8Array;
  undo: any[];
  redo: any[];
  sequence: number;
  truth: number;
  oneClick: { name: string; n: number } | null;
  scores: Map<number, { last: any; best: number | null }>;
  version: number;
  lastStep: number;
};

/** Another model's labels for the same photo, while they are on the page. */
export type SecondOpinion = { labels: Uint8Array; confidence: Uint8Array; classes: FoundClass[]; title: string };

/**
 * What a component is given: `props.value` is its value, `trigger` raises one of its events, `facts` is what Python
 * said of it when the page was built.
 */
export type Piece = {
  element: HTMLElement;
  props: any;
  facts: any;
  trigger: (event: string, data?: object) => void;
  watch: (names: string | string[], callback: () => void) => void;
  server: any;
  upload: (file: File) => Promise<{ path: string }>;
};
