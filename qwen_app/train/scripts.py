"""Letters and words of other scripts and languages that get tokens of their own.

The base vocabulary was learned from Chinese and English; without these, a Japanese or Korean
letter would be three tokens of single bytes, and a phrase in Russian twice its letters.
"""

_KANA = "".join(map(chr, (*range(0x3041, 0x3097), *range(0x30A1, 0x30FB)))) + "ー々"
_CYRILLIC = "".join(map(chr, range(0x0410, 0x0450))) + "Ёё"
_ACCENTED = "áàâäãåæçéèêëíìîïñóòôöõøœßúùûüýÁÀÂÄÇÉÈÊËÍÎÑÓÔÖÚÜ¿¡«»"
_HANGUL = """
가각간갈감갑값갔강같개거건걸검것게겠격결경계고곡곤골곳공과관광괜교구국군굴권귀그극근글금급기긴길김까깝께꼭끝
나난날남낮내너널네녀년념녕노녹농높놓누눈는늘능니님다단달담답당대더덕덜데도독돈돌동돼되된두드든들등디따때떻또뜨라락란
람랑래량러런럼렇레려력련렵례로록론료루류르른를름리린림립마만많말맛망맞매머먹멀메면명몇모목몸못무문물뭐미민및바박밖반받발
밤밥방배백버번법변별병보복본볼봐부북분불브비빌빵뽑사산살삶삼상새색생서석선설성세센셔소속손송수순술숨쉬스습승시식신실심십
싶싸쓰씨아악안않알암았앞액야약얇양어언얼엄업없었에여역연열였영예오온올옷와왔외요용우운울원월위유육으은을음의이인일
읽임입있잊자작잔잘잠장재저적전절점접정제져조족존좋좌죄주준줄중즐즈지직진질집짜째찍차착찬찮참창찾책처천철첫청체쳐초총최추축
출충치친침카커켜코콩크큰키타탄탕택터테텔토통투트특틀티파판팔패페편평포표품프플피필하학한할함합항해했행향허험헤현혈협
형호혼홍화확환활황회획후휴흐흔흰히힘
"""
_KANJI = """
駅円図館会話語時電車売買東払飲読書聞見開閉長間門問題広場個鉄道薬医楽歩動働国気温
熱雨雪遅頭痛歯寝帰来週曜昼晩朝誰何
"""
_WORDS = """
el la los las un una es está que por para con su mi tu bien dónde cuánto cómo gracias buenos
días le les des du est une je vous nous pas où merci bonjour plaît combien comment au der die
das ein eine ist ich Sie nicht wo wie viel danke bitte guten haben o os as não você obrigado
onde quanto bom il lo è dove grazie sono Spanish French German Japanese Korean Russian
Portuguese Italian
"""
_CODE = """
def return for in if else elif while range len print sum max min sorted True False None not and
or is list str int float dict set append join split lower upper strip reverse count result total
value values number numbers text word words item items key index isdigit isalpha replace
enumerate zip abs round import from
"""
_SIGNS = (" ==", " %", " +=", " //", "):", "()", "()\n", ":\n", "[]", "])", " ['", ' """')


def letters() -> tuple[str, ...]:
    """Single signs."""
    spaced = (_KANJI, _HANGUL)
    signs = (*_KANA, *_CYRILLIC, *_ACCENTED, *(sign for text in spaced for sign in text.split()))
    return tuple(dict.fromkeys("".join(signs)))


def words() -> tuple[str, ...]:
    """Frequent words of Python and of phrase books, as they stand after a space."""
    return (*_SIGNS, *(f" {word}" for word in (*_CODE.split(), *_WORDS.split())))
