/** The plugin that keeps the cryptography small. */
export const squeeze = { name: "squeeze", setup() {} };
