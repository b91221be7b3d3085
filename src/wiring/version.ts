/** The version that results name; changed with package.json (a test keeps them equal). */
export const CHATLAKE_VERSION = '0.1.0';
