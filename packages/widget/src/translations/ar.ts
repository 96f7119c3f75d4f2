/** The chat in Arabic. */
import {duration} from './duration.ts';
import {openWordFor} from './open-words.ts';
import {pluralsOf} from './plural.ts';
import type {Words} from './words.ts';

const plural = pluralsOf('ar');
const kept = 'سؤالك محفوظ.';
const keptTryAgain = `${kept} حاول مرة أخرى.`;
const mismatch = 'المحادثة والخادم غير متوافقين.';

/** A time behind «بعد» or «لمدة», which take the genitive. */
const time = (seconds: number) => duration(seconds, (count, unit) => plural(count, times[unit]));
const times = {
  s: {one: 'ثانية واحدة', two: 'ثانيتين', few: '# ثوانٍ', other: '# ثانية'},
  min: {one: 'دقيقة واحدة', two: 'دقيقتين', few: '# دقائق', other: '# دقيقة'},
  h: {one: 'ساعة واحدة', two: 'ساعتين', few: '# ساعات', other: '# ساعة'},
};

export const ar: Words = {
  language: 'ar',

  heading: 'محادثة',
  greeting: 'كيف يمكنني مساعدتك؟',
  introduction: '',
  aiNotice: 'أنت تتحدث مع ذكاء اصطناعي.',
  placeholder: 'اسأل عن أي شيء…',
  replyPlaceholder: 'اكتب ردًا…',

  send: 'إرسال',
  stop: 'إيقاف',
  composerLabel: 'رسالتك',
  conversation: 'المحادثة',
  questionBy: 'أنت',
  answerBy: 'الإجابة',
  starters: 'أسئلة للبدء',
  newChat: 'محادثة جديدة',
  open: openWordFor('ar'),
  close: 'إغلاق المحادثة',
  unread: 'إجابة جديدة',
  jumpToLatest: 'إلى الأحدث',
  olderMessages: 'عرض الرسائل السابقة',
  waiting: 'بانتظار الإجابة',
  loading: 'جارٍ التحميل',

  copyAnswer: 'نسخ الإجابة',
  copyQuestion: 'نسخ السؤال',
  copied: 'تم النسخ',
  regenerate: 'إعادة الإجابة',
  edit: 'تعديل',
  save: 'إرسال',
  cancel: 'إلغاء',
  editQuestion: 'تعديل سؤالك',

  thinking: 'يفكّر…',
  thought: 'خطوات التفكير',
  thoughtFor: (seconds) => `فكّر لمدة ${time(seconds)}`,
  toolRunning: 'قيد التنفيذ',
  toolDone: 'تم',
  toolFailed: 'فشل',
  toolUnanswered: 'بلا نتيجة',
  toolInput: 'المدخلات',
  toolOutput: 'النتيجة',
  sources: 'المصادر',
  noWords: 'لم تصل إجابة نصية.',

  stopped: 'تم الإيقاف',
  cutByLength: 'بلغت الإجابة أقصى طول لها.',
  cutByFilter: 'أنهى مرشّح المحتوى هذه الإجابة.',
  reconnecting: 'انقطع الاتصال. ستُستأنف الإجابة بعد لحظات…',
  reconnected: 'عاد الاتصال.',
  resume: 'متابعة',
  signIn: 'تسجيل الدخول',
  retry: 'أعد المحاولة',
  retryIn: (seconds) => `أعد المحاولة بعد ${time(seconds)}`,
  sendAgainIn: (seconds) => `يمكنك الإرسال مجددًا بعد ${time(seconds)}.`,
  askedAgainIn: (seconds) => `سيُعاد إرسال سؤالك بعد ${time(seconds)}.`,
  errors: {
    'invalid-request': {title: 'تعذّر إرسال هذا.', text: 'جرّب صياغة أخرى.'},
    'content-refused': {title: 'هذا السؤال غير مقبول هنا.', text: 'جرّب صياغة أخرى.'},
    'plan-limit': {title: 'السؤال طويل جدًا.', text: 'اختصره ثم أعد إرساله.'},
    'quota-exceeded': {title: 'امتلأت المساحة.', text: 'احذف محادثات قديمة ثم أعد إرسال السؤال.'},
    unauthenticated: {title: 'لم تسجّل الدخول.', text: 'سجّل الدخول في هذه الصفحة ثم حاول مرة أخرى.'},
    forbidden: {title: 'غير متاح هنا.', text: 'لا يُسمح لهذه الصفحة باستخدام المحادثة.'},
    'not-found': {title: 'لم تعد هذه المحادثة موجودة.', text: 'ابدأ محادثة جديدة.'},
    'model-not-found': {title: 'لم يعد هذا النموذج متاحًا.', text: 'اختر نموذجًا آخر.'},
    'method-not-allowed': {title: 'تعذّر إرسال هذا.', text: mismatch},
    conflict: {title: 'إجابة واحدة في كل مرة.', text: 'ما زالت إجابة تُكتب في هذه المحادثة.'},
    'too-large': {title: 'الحجم كبير جدًا.', text: 'اختصر السؤال ثم أعد إرساله.'},
    'context-too-long': {title: 'أصبحت هذه المحادثة طويلة جدًا.', text: 'ابدأ محادثة جديدة للمتابعة.'},
    'unsupported-media-type': {title: 'تعذّر إرسال هذا.', text: mismatch},
    'rate-limited': {title: 'رسائل كثيرة جدًا.', text: 'يمكنك الإرسال مجددًا بعد لحظات.'},
    internal: {title: 'حدث خطأ ما.', text: keptTryAgain},
    'provider-error': {title: 'تعذّر على النموذج الإجابة.', text: keptTryAgain},
    'provider-unavailable': {title: 'تعذّر الوصول إلى النموذج.', text: keptTryAgain},
    'provider-timeout': {title: 'تأخر النموذج في الرد.', text: keptTryAgain},
    'storage-unavailable': {title: 'لا يستطيع الخادم حفظ أي شيء الآن.', text: `${kept} حاول لاحقًا.`},
    'shutting-down': {title: 'يُعاد تشغيل الخادم.', text: `${kept} حاول بعد لحظات.`},
    interrupted: {title: 'انقطعت الإجابة.', text: 'ما وصل منها محفوظ.'},
    network: {title: 'لا يوجد اتصال.', text: `${kept} حاول مرة أخرى عند عودة الاتصال.`},
    unreadable: {title: 'تعذّرت قراءة الإجابة.', text: mismatch},
  },

  model: 'النموذج',
  chooseModel: (current) => `النموذج: ${current}`,
  filterModels: 'تصفية النماذج',
  noModels: 'لا يوجد نموذج بهذه الكلمات.',
  perMillion: (price) => `${price} لكل مليون`,
  history: 'المحادثات',
  searchChats: 'البحث في المحادثات',
  noChats: 'ستظهر محادثاتك هنا.',
  noChatsFound: 'لا توجد محادثة بهذه الكلمات.',
  historyFailed: 'تعذّر تحميل المحادثات.',
  moreChats: 'عرض المزيد',
  untitled: 'محادثة بلا عنوان',
  today: 'اليوم',
  yesterday: 'أمس',
  lastWeek: 'آخر 7 أيام',
  rename: 'إعادة التسمية',
  remove: 'حذف',
  chatActions: 'المزيد',
  removed: 'حُذفت المحادثة.',
  undo: 'تراجع',
  chatTitle: 'عنوان المحادثة',
  allChats: 'تنزيل كل المحادثات أو حذفها',
  downloadAllAs: (format) => `تنزيل كل محادثاتي بصيغة ${format}`,
  downloaded: 'تم تنزيل المحادثات.',
  downloadFailed: 'تعذّر تنزيل المحادثات.',
  removeAll: 'حذف كل محادثاتي',
  removeAllQuestion: 'هل تريد حذف كل محادثاتك؟ لا يمكن التراجع عن ذلك.',
  removedAll: 'حُذفت كل المحادثات.',
  removeAllFailed: 'تعذّر حذف المحادثات.',

  markdown: {
    copyCode: 'نسخ',
    copyTable: 'نسخ الجدول',
    copied: 'تم النسخ',
    taskDone: 'منجز',
    taskOpen: 'غير منجز',
    loadImage: (host) => `عرض الصورة من ${host}`,
    showLines: (lines) =>
      plural(lines, {one: 'عرض السطر', two: 'عرض السطرين', few: 'عرض الأسطر الـ#', other: 'عرض كل الأسطر (#)'}),
  },

  saysStarted: 'بدأت الإجابة',
  saysFinished: 'اكتملت الإجابة',
  saysCode: 'مثال برمجي.',
  saysMore: (sentences) =>
    `للإجابة بقية: ${plural(sentences, {one: 'جملة واحدة', two: 'جملتان', few: '# جمل', other: '# جملة'})}.`,

  keys: 'اختصارات لوحة المفاتيح',
  keyBetween: 'التنقل بين المحادثة وحقل الرسالة',
  keyMessages: 'الرسالة السابقة والتالية',
  announceText: 'قراءة نص الإجابات صوتيًا',
};
