/**
 * Words that tell nothing about what a question is about, by language: pronouns, articles, prepositions, auxiliaries,
 * question words. Normalized as words.ts normalizes; of Chinese and Japanese the pairs of characters.
 */
const lists: Readonly<Record<string, string>> = {
  en: `a about above after again against all also am an and any are as at be because been before being below between
    both but by can cannot could did do does doing don down during each few for from further get gets getting got
    had has have having he her here hers herself him himself his how i if in into is isn it its itself just let ll
    me more most much my myself no nor not now of off on once one only or other our ours ourselves out over own
    please re same shall she should so some such t than that the their theirs them themselves then there these they
    this those through to too under until up ve very was we were what when where which while who whom whose why will
    with would you your yours yourself yourselves`,
  de: `aber alle allem allen aller alles als also am an andere anderen auch auf aus bei beim bin bis bist bitte da
    damit dann das dass dein deine dem den denn der des dich die dies diese diesem diesen dieser dieses dir doch
    dort du durch ein eine einem einen einer eines er es etwas euch euer fur gegen geht gibt habe haben hat hatte
    hier hinter ich ihm ihn ihnen ihr ihre ihrem ihren ihrer im in indem ins ist ja jede jedem jeden jeder jedes
    jetzt kann kannst kein keine keinem keinen keiner konnen konnte man mein meine meinem meinen meiner mich mir mit
    muss mussen nach nicht nichts noch nun nur ob oder ohne sehr sein seine seinem seinen seiner seit selbst sich
    sie sind so soll sollte sondern sonst uber um und uns unser unsere unter viel vom von vor war waren warum was
    weil welche welchem welchen welcher welches wenn wer werde werden wie wieder will wir wird wo wurde wurden zu
    zum zur zwischen`,
  fr: `a ai alors au aucun aussi autre aux avec avez avoir avons c ca car ce cela ces cet cette chez ci comme comment d
    dans de des donc dont du elle elles en encore entre es est et etaient etait etre eu faire fait faut hors ici il
    ils j je jusque l la le les leur leurs lors lui m ma mais me meme mes moi moins mon n ne ni nos notre nous on
    ont ou par parce pas peu peut peux plus pour pourquoi pouvez puis puisque qu quand que quel quelle quelles quels
    qui quoi s sa sans se sera ses si son sont sous suis sur t ta te tes toi ton tous tout toute toutes tres tu un
    une vers vos votre vous y`,
  es: `a al algo algunas algunos ante antes aqui cada como con contra cual cuales cuando cuanto de del desde donde dos
    durante e el ella ellas ellos en entre era es esa esas ese eso esos esta estan estas este esto estos estoy fue
    ha hace hacer hacia han hasta hay la las le les lo los mas me mi mis mucho muy nada ni no nos nosotros nuestra
    nuestro o os otra otro otros para pero poco por porque puede pueden puedo que quien se sea ser si sin sobre son
    soy su sus tambien tan tanto te tengo tiene tienen todo todos tu tus un una unas uno unos usted ustedes y ya yo`,
  pt: `a ao aos aquela aquele aqui as ate cada com como da das de dela dele do dos e ela elas ele eles em entre era
    essa esse esta este estes estou eu foi ha isso isto ja la lhe lo mais mas me mesmo meu minha muito na nao nas
    nem no nos nossa nosso num numa o onde os ou para pela pelas pelo pelos pode podem por porque posso quais qual
    quando quanto que quem sao se seja sem ser seu seus si sim so sobre sua suas tambem te tem tenho ter teu tu um
    uma umas uns voce voces`,
  it: `a ad agli ai al alla alle allo anche ancora c che chi ci cio come con cosa cosi cui d da dagli dai dal dalla
    dalle de degli dei del della delle dello di dove e ed era fa fare gli ha hai hanno ho i il in io l la le lei li
    lo loro lui m ma me mi mia mie miei mio molto ne negli nei nel nella nelle no noi non nostra nostro o ogni
    oppure per perche percio piu poi posso puo puoi qual quale quali quando quanto quella quelle quelli quello
    questa queste questi questo qui s sara se sei senza si sia sono su sua sue sugli sui sul sulla suo suoi ti tra
    tu tua tuo tutti tutto un una uno v vi voi vostro`,
  nl: `aan achter al alle alleen als altijd andere ben bij binnen daar dan dat de deze die dit doe doen door dus een
    eens en er geen haar had heb hebben heeft hem hen het hier hij hoe hun ik in is ja je jij jou jouw jullie kan
    kun kunnen maar mag me meer men met mij mijn moet moeten na naar niet niets nog nu of om omdat onder ons onze
    ook op over te tegen toch toen tot u uit uw van veel voor waar waarom wanneer want waren was wat we wel welke
    werd wie wij wil word worden wordt zal ze zelf zich zij zijn zo zonder zou`,
  pl: `a aby albo ale ani bardzo bez bo by byc był była było były ci co czy czyli dla do gdy gdzie go i ich ile im inne
    innych iz ja jak jaka jaki jakie jako je jego jej jesli jest jestem jezeli juz kazdy kiedy kto ktora ktore
    ktorego ktorej ktory ktorych lub ma mam mamy mi mnie moge moj moja moje moze mozesz mozna my na nad nam nas nasz
    nich nie nim niz o od ona one oni ono oraz po pod poniewaz przed przez przy sa sie sobie swoje ta tak takze tam
    te tego tej ten to tu twoj ty tych tylko tym u w we wiec wszystko wy z za ze zeby`,
  tr: `acaba ama ancak ben beni benim bir biri birkac biz bize bizi bizim bu buna bunda bundan bunlar bunu bunun cok
    cunku da daha de defa degil diye en gibi hangi hem hep hepsi her hic icin ile ise kadar ki kim kimi mi mu mı
    nasıl ne neden nedir nerede nereye nicin niye o olan olarak oldu oldugu olur on ona onlar onu onun sen senin sey
    siz sizin su tum var ve veya ya yani yok`,
  sv: `alla allt an ar at att av blev bli blir da dar de dem den denna deras dess dessa det detta dig din du efter ej
    eller en er ett for fran ha hade han hans har henne hon honom hur i icke inom inte jag kan man med mellan men
    mig min mitt mot mycket nagon nagot nagra nar ni nu och om oss over pa sa samma sedan sig sin sitt sjalv ska
    skulle som till under upp ut utan vad var varfor varje vem vi vid vilka vilken vilket`,
  ru: `а без более бы был была были было быть в вам вас весь во вот все всего всех вы где да для до его ее если есть
    еще же за здесь и из или им их к как какая какие какои ко когда кто ли лишь мне мнои можно мои моя мы на над
    надо нам нас не него нее нет ни них но ну о об он она они оно от очень по под при с со так такои там те тем то
    того тоже тои только том ты у уже чего чем что чтобы эта эти это этого этои этом этот я`,
  ar: `اذا التي الذي الذين الي ان انا انت او اي اين ب بعد بعض بل به بها بين تكون تلك ثم حتي حيث ذلك علي عليه عليها عن
    عند عندما غير ف في فيه فيها قبل قد ك كان كانت كل كم كيف ل لا لقد لكن لم لماذا لن له لها ليس ما ماذا متي مع من
    منذ نحن هذا هذه هل هم هو هي و يكون يمكن يمكنني`,
  zh: `一个 为什 么是 么样 了 什么 他们 你 你们 你的 几个 可以 吗 吧 呢 哪个 哪些 哪里 在 多少 如何 怎么 怎样 您 您的 我 我们 我的 是 是什 是否 没有 的 能否 请问 这个 这些 那个 那些`,
  ja: `何 何が 何で 場合 方法`,
};

export const stopWords: ReadonlyMap<string, ReadonlySet<string>> = new Map(
  Object.entries(lists).map(([language, words]) => [language, new Set(words.split(/\s+/))]),
);
