/** Words that say nothing of what is asked: articles, pronouns, prepositions, auxiliaries and greetings' fillers of Portuguese, and the shortest of English. */
export const STOP_WORDS: readonly string[] =
  `aí ainda algo alguém algum alguma algumas alguns ali amanhã ante antes ao aonde aos apenas após aquela aquelas aquele aqueles aquilo aqui
  as até através bem cada coisa com como contra contudo da daquela daquele daqui das dela delas dele deles demais depois desde dessa dessas
  desse desses desta destas deste destes deve devem disse disso disto diz dizer do dos durante ela elas ele eles em embora enquanto entao
  então entre era eram essa essas esse esses esta está estamos estão estar estas estava estavam este esteja estes esteve estive estou eu
  faz fazer fazia feito ficar fica foi fomos fora foram fosse gente grande há haja hão hoje houve ia ir isso isto já lá lhe lhes lo logo
  mais mas me mesma mesmas mesmo mesmos meu meus minha minhas muita muitas muito muitos na nada não naquela naquele nas nela nele nem
  nenhum nenhuma nessa nesse nesta neste ninguém no nos nós nossa nossas nosso nossos num numa nunca oi olá onde ontem os ou outra outras
  outro outros para pela pelas pelo pelos pode podem poder pois por porém porque porquê posso pouca poucas pouco poucos pra pro própria
  próprio quais qual qualquer quando quanta quantas quanto quantos quase que quê quem quer quero são se seja sejam sem sempre sendo ser
  será serão seria seu seus si sido sim só sob sobre sou sua suas também tal talvez tanto tão te tem têm temos tenha tenho ter teu teus teve
  tinha tinham tive toda todas todavia todo todos tu tua tuas tudo um uma umas uns vai vão vem vez vezes você vocês vos vou
  the and for are was were you your with that this have has not but from they what can will bom boa dia tarde noite por favor obrigado obrigada`
    .split(/\s+/)
    .filter((word) => word !== '');
