import type { PromptTemplates } from '../../../schemas/prompts.ts';

/** What is used where a department has no prompts of its own. */
export const defaultPrompts: PromptTemplates = {
  id: 'default',
  version: 1,
  texts: {
    en: {
      system:
        'You answer questions for colleagues, from the sources that you are given and from nothing else. Be brief and ' +
        'exact. Answer in the language of the question.',
      answer:
        'Sources:\n\n{{sources}}\n\nEarlier in this conversation:\n{{conversation}}\n\nQuestion: {{question}}',
      rewrite:
        'Below are a conversation and a further question. Write the question so that it can be understood without the ' +
        'conversation: put in the names, numbers and dates that it refers to. Change nothing else, do not answer it, and ' +
        'write nothing but the question, in its own language.\n\nConversation:\n{{conversation}}\n\nQuestion: {{question}}',
      expand:
        'Write {{count}} other ways in which a document could speak of what this question asks: other words, the terms of ' +
        'the trade, abbreviations written out. One a line, nothing else, in the language of the question.\n\n' +
        'Question: {{question}}',
      decompose:
        'Which questions, each about one fact, must be answered to answer the one below? Write at most {{count}}, one a ' +
        'line, each understandable by itself, nothing else. Where it asks for one fact, write it as it is.\n\n' +
        'Question: {{question}}',
      missing:
        'Sources:\n\n{{sources}}\n\nQuestion: {{question}}\n\nWhat must still be looked up to answer the question, that the ' +
        'sources above do not say? Write at most {{count}} questions for the search, one a line, nothing else. Where ' +
        'nothing is missing, write: nothing',
      hypothetical:
        'Write the passage of a document that would answer this question, in two or three sentences, as it could stand ' +
        'there. It is used for searching only. Write nothing else, in the language of the question.\n\n' +
        'Question: {{question}}',
    },
    pt: {
      system:
        'Você responde a perguntas de colegas a partir das fontes que recebe e de nada mais. Seja breve e exato. Responda ' +
        'no idioma da pergunta.',
      answer: 'Fontes:\n\n{{sources}}\n\nAntes, nesta conversa:\n{{conversation}}\n\nPergunta: {{question}}',
      rewrite:
        'Abaixo estão uma conversa e mais uma pergunta. Escreva a pergunta de modo que se entenda sem a conversa: ponha os ' +
        'nomes, números e datas a que ela se refere. Não mude mais nada, não a responda e não escreva nada além da ' +
        'pergunta, no idioma dela.\n\nConversa:\n{{conversation}}\n\nPergunta: {{question}}',
      expand:
        'Escreva {{count}} outras maneiras pelas quais um documento poderia tratar do que esta pergunta pede: outras ' +
        'palavras, termos da área, siglas por extenso. Uma por linha, nada mais, no idioma da pergunta.\n\n' +
        'Pergunta: {{question}}',
      decompose:
        'Quais perguntas, cada uma sobre um só fato, precisam ser respondidas para responder à de baixo? Escreva no máximo ' +
        '{{count}}, uma por linha, cada uma compreensível sozinha, nada mais. Se ela pede um só fato, escreva-a como está.' +
        '\n\nPergunta: {{question}}',
      missing:
        'Fontes:\n\n{{sources}}\n\nPergunta: {{question}}\n\nO que ainda é preciso procurar para responder à pergunta e que as ' +
        'fontes acima não dizem? Escreva no máximo {{count}} perguntas para a busca, uma por linha, nada mais. Se nada ' +
        'falta, escreva: nada',
      hypothetical:
        'Escreva o trecho de um documento que responderia a esta pergunta, em duas ou três frases, como poderia estar lá. ' +
        'Ele serve só para a busca. Não escreva mais nada, no idioma da pergunta.\n\nPergunta: {{question}}',
    },
  },
};
