const list = (text: string): ReadonlySet<string> => new Set(text.trim().split(/\s+/));

/** Words that say how a sentence is built and not what it is about. Before folding and stemming. */
export const englishStopWords = list(`
  a about above after again against all also am among an and any are as at be because been before being below
  between both but by can cannot could did do does doing done down during each either else ever few for from
  further get had has have having he her here hers herself him himself his how however i if in into is it its
  itself just may me might more most must my myself neither no nor not of off on once only or other ought our ours
  ourselves out over own s same shall she should since so some such t than that the their theirs them themselves
  then there therefore these they this those though through thus to too under until up upon us very was we were
  what when where whether which while who whom whose why will with within without would you your yours yourself
  yourselves don doesn didn isn aren wasn weren won wouldn couldn shouldn hasn haven hadn ll ve re`);

export const portugueseStopWords = list(`
  a à ao aos aquela aquelas aquele aqueles aquilo as às até com como cada cujo cuja cujos cujas da das de dela delas
  dele deles depois desde dessa dessas desse desses desta destas deste destes do dos dum duma e é ela elas ele eles
  em entre era eram éramos essa essas esse esses esta está estamos estão estar estas estava estavam este esteja
  estes esteve estive estou eu foi fomos for foram fosse fossem fui há haja hajam havia haviam hei houve isso isto
  já lhe lhes lo la los las mais mas me mesmo mesma meu meus minha minhas muito muita muitos muitas na não nas nem
  no nos nós nossa nossas nosso nossos num numa o os ou onde para pela pelas pelo pelos per perante por porque pois
  pode podem qual quais quando quanto quantos quem que quê são se seja sejam sem sendo ser será serão seria seriam
  seu seus si sido só sob sobre sua suas também tão te tem têm temos tenha tenham tenho ter teu teus teve tinha
  tinham tive tu tua tuas tudo um uma umas uns você vocês vos`);
