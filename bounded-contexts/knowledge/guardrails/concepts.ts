/**
 * What manipulation speaks of, in English and Portuguese: folded words and phrases by concept. Imperatives rather than stems,
 * since `ignore your rules` is an attack and `competitors ignore the rules` is news.
 */
export const concepts = {
  override:
    'ignore|disregard|forget|neglect|overrule|override your|override all|override any|override previous|abandon|discard|drop|scrap|throw out|throw away|set aside|put aside|' +
    'pay no attention|do not follow|dont follow|' +
    "don't follow|stop following|do not obey|don't obey|dont obey|no longer apply|do the opposite|break|violate|stop being|dismiss|" +
    'erase|delete your|cancel your|reset your|rewrite your|replace your|do not comply|refuse to follow|leave behind|' +
    'desconsidere|desconsidera|esqueca|esquece|abandone|desobedeca|descarte|jogue fora|nao siga|nao obedeca|deixe de lado|deixa de lado|' +
    'nao de atencao|nao valem|faca o contrario|substitua as suas|viole|quebre|pare de ser|pare de seguir|ignora|ignorem|apague as suas|' +
    'anule as suas|largue as',
  prior:
    'previous|previously|prior|above|earlier|before|preceding|original|initial|every|former|past|old|existing|any|all|' +
    'anteriores|anterior|acima|antes|originais|iniciais|previas|previos|todas|todos|everything|tudo|antigas|qualquer|passadas',
  above:
    'the above|everything above|all above|all of the above|what is above|all that|all of this|everything so far|everything i said|' +
    'everything before|o que esta acima|tudo acima|tudo isso|o que veio antes|tudo o que veio|tudo ate aqui|text above',
  your: 'your|you|yours|yourself|suas|seus|sua|seu|voce|teu|tuas|lhe|tua',
  rules:
    'instruction*|directive*|guideline*|guidance|rule|rules|prompt|prompts|restriction*|limitation*|filters|guardrail*|policies|' +
    'policy|safeguard*|training|programming|constraint*|boundaries|protocols|setup text|preamble|commands|restraints|' +
    'instrucao|instrucoes|orientacao|orientacoes|regra|regras|diretriz*|diretiva*|restricao|restricoes|limitacao|limitacoes|' +
    'filtros|politicas|politica|treinamento|programacao|orders|ordens|comandos|amarras|texto de configuracao',
  told:
    'everything you were told|everything you have been told|whatever your operator|what you were told|you were given|were you given|' +
    'you have been given|voce recebeu|tudo o que foi dito|que recebeu|o que o operador|o que lhe disseram|told you|' +
    'imposed on you|you got from|your operator|your developers|your creators|your makers|by the developers|lhe impuseram|' +
    'seu operador|seus desenvolvedores|seus criadores|lhe deram|te deram|deram a voce|you received|lhe passaram',
  reveal:
    'reveal|show me|show|print|repeat|output|display|dump|leak|tell me|tell|give me|copy|copy out|quote|translate|recite|paste|' +
    'share|cat|expose|disclose|read out|write out|spell out|summarise your|encode|echo|what is in|' +
    'word for word|verbatim|exact wording|literally|mostre|revele|imprima|repita|exiba|diga|copie|cole|cite|traduza|vaze|recite|' +
    'palavra por palavra|texto exato|me diga|me mostre|list the|literalmente|exponha|transcreva|codifique',
  system:
    'system prompt|system message|system instructions|hidden instructions|hidden rules|hidden prompt|initial prompt|original prompt|' +
    'initial instructions|original instructions|developer message|secret instructions|internal rules|internal instructions|' +
    'context window|confidential configuration|hidden preamble|preamble|prompt file|own settings|your settings|' +
    'prompt that you were|prompt you were|people who configured you|who configured you|text above|your instructions|my instructions|' +
    'your configuration|your prompt|start of this conversation|before my message|precedes this chat|before this chat|first lines you|' +
    'lines you were|before i arrived|instructed to do|told to do|were you told|were you instructed|you were instructed|your rules|' +
    'hidden text|secret text|' +
    'prompt de sistema|prompt do sistema|mensagem de sistema|instrucoes ocultas|instrucoes internas|instrucoes secretas|' +
    'regras internas|regras ocultas|configuracao inicial|prompt inicial|instrucoes de sistema|instrucoes do sistema|texto oculto|' +
    'texto secreto|prompt com o qual|o seu prompt|seu prompt|suas instrucoes|minhas instrucoes|texto acima|inicio desta conversa|' +
    'antes da minha mensagem|antes de eu chegar|primeiras linhas que voce|mandaram voce fazer|mandaram voce|suas regras|preambulo',
  persona:
    'act as|act like|pretend|pretend that|pretend to be|roleplay|role play|role-play|you are now|you will answer|stay in character|' +
    'in the persona|as the persona|respond as|answer as|reply as|speak as|write as|behave as|behave like|from now on you|your new role|' +
    'imagine a world|imagine that you|imagine you|suppose you|simulate|you are an actor|playing a|play the role|take the role|' +
    'in the role|take on the role|as though|as if|be my|become|' +
    'you are an ai|you are a|you play|character|lets play|let us play|drop the act|speak freely|' +
    "let's play|aja como|atue como|finja|finja ser|interprete|interpreta|a partir de agora voce|voce agora|agora voce|faca de conta|" +
    'responda como|fale como|escreva como|comporte se como|imagine que voce|suponha que voce|como a persona|vamos brincar|' +
    'o seu novo papel|voce e uma|voce e um|assuma o papel|no papel de|como se|simule|fale livremente|pare de fingir|seja o meu|vire',
  none: 'no|zero|without|without any|any|free of|free from|free|not bound|no longer|lacks|lacking|never|sem|nenhum|nenhuma|algum|alguma|livre de|nao|nunca|fora de',
  limit:
    'rule|rules|limit|limits|limitations|filter|filters|restriction|restrictions|policies|policy|censorship|ethics|morals|guidelines|' +
    'guardrails|boundaries|constraints|safeguards|disclaimers|refuses|refuse|bound|ethical|moral|conscience|scruples|' +
    'regra|regras|limite|limites|limitacoes|filtro|filtros|restricao|restricoes|politicas|politica|censura|etica|moral|diretrizes|' +
    'amarras|recusa|recusar|presa|preso|escrupulos|consciencia',
  free:
    'unrestricted|uncensored|unfiltered|jailbroken|no rules|no restrictions|without restrictions|without any restrictions|no limits|' +
    'no limitations|without limits|no filter|no filters|without filters|without censorship|no guidelines|never refuses|zero limits|' +
    'anything now|no ethics|no ethical|moral or ethical|ethical restrictions|without any moral|evil|no safety|no moral|broken free|' +
    'freed from|without warnings|answers everything|answer everything|answer anything|answers anything|everything honestly|' +
    'without any filter|without any rules|without any limits|no policies existed|no policies|unbound|amoral|unethical|' +
    'no longer bound|not bound by|when i ask for something forbidden|anything forbidden|something forbidden|' +
    'sem restricoes|sem nenhuma restricao|sem regras|sem filtro|sem filtros|sem censura|sem limites|nao tem regras|' +
    'nao tem filtros|nao tem restricoes|nao tem limites|irrestrito|irrestrita|malvada|malvado|nao segue nenhuma|nunca recusa|' +
    'libertado|libertada|responda livremente|responda a tudo|qualquer coisa que|fazer qualquer coisa|sem etica|sem avisos|' +
    'regras nem limites|limites eticos|sem nenhum filtro|sem limite algum|nao existissem politicas|nao existissem regras|' +
    'nao esta mais preso|livre das suas|algo proibido|antietico',
  mode:
    'developer mode|debug mode|god mode|maintenance mode|dan mode|unrestricted mode|admin mode|jailbreak mode|root access|sudo mode|' +
    'test mode|modo desenvolvedor|modo de desenvolvedor|modo deus|modo de depuracao|modo irrestrito|modo de manutencao|' +
    'modo administrador|modo de teste|acesso root',
  enter: 'enter|enable|activate|switch to|you are now in|entre no|ative|ativar|mude para|habilite|simulate',
  disable:
    'disable|disabled|turn off|switch off|deactivate|unlock|remove|removing|lift|bypass|skip|skipped|suspended|circumvent|evade|shut off|' +
    'desative|desligue|libere|desbloqueie|remova|burle|pule|pular|contorne|suspensas|suspensos|desabilite|afrouxe',
  safety:
    'safety|safeguards|guardrail*|filter|filters|content filter|content filters|safety rules|safety checks|safety policy|' +
    'restricted topics|moderation|restrictions|full potential|seguranca|filtro|filtros|topicos restritos|restricoes|moderacao|' +
    'politica de seguranca|salvaguardas|protecoes',
  conversation:
    'this conversation|nesta conversa|desta conversa|for this chat|this once|desta vez|in this chat|neste chat',
  machine:
    'assistant|assistants|ai|llm|llms|language model|language models|ai model|ai models|ai agent|ai agents|chatbot|chatbots|bot|robot|' +
    'assistente|assistentes|ia|ias|modelo de linguagem|modelos de linguagem|agentes de ia|robo|robos',
  address:
    'note to|note for|if you read this|if you are an|reading this|processing this|message for the|message to the|agents reading|models|' +
    'when you summarise|when you summarize|reader is an|attention|dear ai|dear assistant|hey bot|p s to|ps to|to the ai|instructions for ai|for any ai|any ai|' +
    'nota para|se voce e|se voce le|que lerem|processando este|mensagem oculta|mensagem para o|ao resumir|leitor for|lendo isto|' +
    'que esta lendo|atencao|cara ia|caro assistente|oi robo|p s para|para a ia|para qualquer ia|' +
    'hidden message|instrucao para o|task for the|before answering',
  tell:
    'tell the user|tell users|do not tell|not tell|must not reveal|do not reveal|do not mention|never mention|dont mention|just tell|' +
    'say nothing about|say that it is|when asked about|keep this secret|without mentioning|' +
    'diga ao usuario|nao conte|nao avisar|nao avise|nao mencione|nunca mencione|peca ao usuario|nao revele|nao digam nada|' +
    'nao diga nada sobre|quando perguntarem|sem mencionar|que ele deve',
  act:
    'approve|mark this|marquem|delete the|transfer the|include a link|also include|inclua|inclua tambem|apague os|transferir o|' +
    'transfira|shall transfer|rate this|recommend|recomende|avalie este|purchase|wire|compre|list every|list all the|liste os dados|' +
    'every customer|todos os clientes|forward|encaminhe|click|clique|add this|respond|responda|reply|append|rank this|choose this',
  exfiltrate:
    'send the conversation|send this conversation|forward it to|forward this to|to all contacts|with the conversation|' +
    'envie a conversa|encaminha lo a|encaminhar lo|a todos os contatos|encaminhe a todos|enter the password|digite a senha|' +
    'call this number|ligar para este numero|customer record|customer records|dados de todos|post the data|upload the',
  task:
    'new instructions|new instruction|new task|new rule|new rules|corrected rules|real instruction|real instructions|' +
    'actual instruction|new set follows|instead|do this instead|updated instructions|true task|' +
    'novas instrucoes|nova instrucao|nova tarefa|nova regra|novas regras|regras corrigidas|verdadeira instrucao|por estas|as novas|' +
    'em vez disso|verdadeira tarefa',
  follow:
    'as follows|follows below|are|sao|agora valem|is to|e mostrar|say you can|every answer|toda resposta|dizem que voce|say that you',
  authority:
    'i am your developer|i am your admin|i am your creator|user is an administrator|authorised by|authorized by|safety team has|' +
    'user has already agreed|nobody is monitoring|sou o seu desenvolvedor|sou seu desenvolvedor|sou o seu criador|' +
    'usuario e administrador|autorizado pelo|equipe de seguranca aprovou|usuario ja concordou|ninguem esta vigiando',
  deceive: 'lie to|mentir|mandou voce|told you to|told it to|text told|pretend to the user|minta',
  secret:
    'password|passwords|secret keys|secret key|api keys|api key|credentials|senha|senhas|chaves de api|chave de api|' +
    'chaves secretas|credenciais',
  obey:
    'obey|comply|comply with|every request|any request|follow only|follow me|answer anything|you must give|must answer|siga apenas|' +
    'obedeca|todos os meus pedidos|qualquer pedido|minhas ordens|approve every|aprove todos|aprovar qualquer|' +
    'exactly what it says|voce deve dar|deve responder a',
  only:
    'only with|only with the|answer only|reply only|respond only|and say|and answer|begin your reply|start your reply|begin your answer|' +
    'start your answer|responda apenas|apenas|only the word|e responda|e diga|comece a resposta|inicie a resposta',
  matter:
    'the question|question of the user|the passages|retrieved passages|the document says|other applicants|the competitors|' +
    'a pergunta|os trechos|trechos recuperados|o documento diz|o que o documento|demais|os concorrentes|the context|o contexto',
  favour:
    'recommend our|praises us|as the best|invent an answer|recomende a nossa|como o melhor|invente uma resposta|nos elogie',
  dan: 'dan|jailbreak yourself|jailbroken|do anything now|opposite day|brincar do contrario|jogo do contrario',
  text: 'text before|o texto antes|end of document|fim do documento|was a test|era um teste|were a mistake|eram um engano',
  meta:
    'example|attack|attacks|defend|detect|protect|prevent|mean|means|article|what is|exemplo|ataque|ataques|proteger|protegemos|' +
    'detectar|prevenir|significa|artigo|o que e|how can we|como protegemos',
} as const;

export type Concept = keyof typeof concepts;

export const conceptNames = Object.keys(concepts) as readonly Concept[];
