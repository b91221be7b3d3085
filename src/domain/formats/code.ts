/** What decided: a result names it, and results of different code are never mixed. */
export interface CodeVersion {
  readonly chatlake: string;
  readonly contract: string;
  readonly engine: string;
}

/** The code version as one word, as staged files carry it. */
export const codeWord = (code: CodeVersion): string => `${code.chatlake}/${code.contract}/${code.engine}`;
