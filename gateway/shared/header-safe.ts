const plain = /^[\w/.:@-]*$/;

/** A header holds ASCII; what a provider calls its models need not. Else the answer would fail once it is paid for. */
export const headerSafe = (text: string): string =>
  plain.test(text) ? text : encodeURI(text.toWellFormed()).replaceAll('%25', '%');
