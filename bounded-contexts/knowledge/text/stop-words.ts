/**
 * The most frequent function words of some languages, without those that look the same in many of them (`a`, `no`,
 * `me`): each word is evidence. A language is added by adding its row.
 */
const lists: Readonly<Record<string, string>> = {
  en: 'the and of to is that it for was with are be this have from not but they which you were has been their there would what when will can more if about who',
  pt: 'não que uma para com os do da em é são foi mais como mas ao dos das pelo pela isso este esta você ele ela muito já também quando nem meu minha seu sua até depois sem fazer produto está ser tem nas nos na num numa à às lhe',
  es: 'el los las del que y en una por con para es son fue más como pero al su sus lo muy ya también cuando sin hasta desde está hay ser tiene yo él ella usted esto este esta donde',
  fr: 'le les des du et est une que pour dans qui sur pas au avec ce il elle sont cette vous nous mais ou être aux été leur plus je ont ses son fait comme',
  de: 'der die das und ist nicht ein eine zu mit den auf für von sich des dem es wird auch als an nach bei einer werden sind aus hat dass wie oder noch nur',
  it: 'il di che è la per una con del non sono gli della nel anche più ma alla dei come si le da questo questa ho ha essere delle degli nella al ed',
};

/** word → the languages that it speaks for. */
export const languagesOf: ReadonlyMap<string, readonly string[]> = (() => {
  const found = new Map<string, string[]>();
  for (const [language, words] of Object.entries(lists)) {
    for (const word of words.split(' ')) {
      const known = found.get(word);
      if (known) known.push(language);
      else found.set(word, [language]);
    }
  }
  return found;
})();
