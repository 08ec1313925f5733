// What the runtime has of Node without importing it; scripts/bundle-playground.mjs puts it into the page.

export { Buffer } from 'buffer/';
