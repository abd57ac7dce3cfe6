// What the shop says in the attributes of the script's own tag.

const tag = document.currentScript;

export const setting = tag.dataset;

export const host = setting.host || new URL(tag.src).origin;
