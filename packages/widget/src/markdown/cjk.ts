/** A character of Chinese, Japanese or Korean, also a full-width punctuation mark. The source is part of marked's rules. */
export const cjk = /[\u1100-\u11ff\u2e80-\ua4cf\ua960-\ua97f\uac00-\ud7ff\uf900-\ufaff\ufe30-\ufe4f\uff00-\uffef]/;
