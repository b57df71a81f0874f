"""Names of nobody: surnames as frequent as they are in Lanzhou, given names by generation and sex."""

from __future__ import annotations

from random import Random

FEMALE, MALE = "f", "m"
HAN, HUI, UYGHUR, TIBETAN, DONGXIANG = "han", "hui", "uyghur", "tibetan", "dongxiang"


def _words(text: str) -> list[str]:
    return text.split()


_SURNAMES = _words(
    """王 李 张 刘 陈 杨 赵 马 周 吴 徐 孙 朱 高 何 郭 罗 梁 宋 郑 谢 韩 唐 冯 于 董 程 曹
    袁 邓 许 傅 沈 曾 彭 吕 苏 卢 蒋 蔡 贾 丁 魏 薛 叶 阎 余 潘 杜 戴 夏 钟 汪 田 任 姜
    范 方 石 姚 谭 廖 邹 熊 金 陆 郝 孔 白 崔 康 毛 邱 秦 江 史 顾 侯 邵 孟 龙 万 段 钱
    汤 尹 黎 易 常 武 乔 贺 赖 龚 文 景 欧阳 上官"""
)
_WEIGHTS = [max(2, 60 - 2 * place) for place in range(len(_SURNAMES))]

# (born before, women's names, men's names)
_GIVEN: tuple[tuple[int, list[str], list[str]], ...] = (
    (
        1950,
        _words("秀英 桂兰 玉兰 淑珍 秀兰 桂英 玉珍 凤英 淑兰 玉梅 秀珍 桂芳 素珍 翠英 淑芳 巧云 兰英 月英 金莲 银环"),
        _words("建国 德福 长寿 永福 国栋 世昌 振华 文彬 庆祥 福贵 有才 占魁 兆林 延寿 守义 怀德 继祖 明远 耀先 生荣"),
    ),
    (
        1968,
        _words("玉梅 丽华 桂花 秀芳 建英 淑琴 爱华 红霞 秋菊 彩霞 凤琴 玉琴 惠兰 春梅 美玲 亚萍 丽萍 慧芳 巧玲 雪梅"),
        _words("建军 国强 志刚 卫东 建平 援朝 永胜 胜利 卫国 学军 保国 新民 志明 振国 安民 跃进 立新 国庆 继红 拥军"),
    ),
    (
        1985,
        _words("丽 静 敏 艳 燕 霞 红梅 晓燕 海燕 丽娟 晓霞 春燕 小红 雅琴 晓梅 文娟 淑娟 莉 芳 娟"),
        _words("军 勇 伟 强 磊 斌 鹏 海涛 志强 晓东 建华 永刚 国华 宏伟 文军 少华 小军 兵 涛 峰"),
    ),
    (
        2002,
        _words("婷 雪 倩 佳 欣 梦瑶 雅静 思远 晓彤 玉洁 佳怡 慧敏 婷婷 瑞芳 嘉玲 冰洁 雯 琪 文静 晶晶"),
        _words("浩 杰 鑫 超 凯 宇航 志鹏 文博 嘉伟 晓龙 天宇 明轩 俊杰 子豪 瑞 博 旭东 亮 帆 阳"),
    ),
    (
        2100,
        _words("梓涵 欣怡 诗涵 雨桐 一诺 可馨 语桐 若汐 依诺 子萱 芷若 安琪 沐晴 思琪 佳琪 艺馨 清妍 书瑶 念慈 星冉"),
        _words("浩然 子轩 宇轩 梓豪 浩宇 一鸣 俊熙 奕辰 沐辰 子墨 皓轩 博文 睿 承泽 景行 嘉懿 牧之 明哲 思齐 煜城"),
    ),
)
_HUI = {
    FEMALE: _words("法图麦 阿依舍 海迪彻 索菲亚 麦尔燕 晓兰 玉花 小梅 秀花 丽娜 海霞 如意"),
    MALE: _words("尔沙 伊布拉 占海 成龙 福海 忠明 国良 阿里 如海 文才 哈桑 进才"),
}
_UYGHUR = {
    FEMALE: _words("阿依古丽 古丽米热 帕提古丽 热依汗 迪丽努尔"),
    MALE: _words("艾力 买买提江 吐尔逊 库尔班 亚森"),
}
_UYGHUR_FATHERS = _words("买买提 阿卜杜拉 吾买尔 司马义 玉山")
_TIBETAN = {
    FEMALE: _words("卓玛才让 拉毛草 次仁央宗 德吉卓玛 格桑卓玛"),
    MALE: _words("扎西东珠 才让当周 贡布杰 丹增尼玛 桑杰才旦"),
}
_DONGXIANG = {FEMALE: _words("哈丽麦 则乃白 赛力麦"), MALE: _words("尤苏夫 乙布拉 奴海")}
# Real given names with characters that break careless software: rare ones, and one outside the BMP.
_RARE = ["㛃", "珺瑢", "𬭎", "喆", "犇", "翀", "䶮", "骉"]


def pick_people(rng: Random) -> str:
    """Which nationality a household is, about as in the district."""
    return rng.choices((HAN, HUI, UYGHUR, TIBETAN, DONGXIANG), (86, 10, 1, 1.5, 1.5))[0]


def pick_surname(rng: Random, people: str) -> str:
    """The surname a child inherits; for Uyghurs the father's name; for Tibetans none."""
    if people == HUI:
        return rng.choice(_words("马 马 马 马 哈 穆 丁 拜 妥 喇"))
    if people == DONGXIANG:
        return rng.choice(_words("马 唐 汪"))
    if people == UYGHUR:
        return rng.choice(_UYGHUR_FATHERS)
    return "" if people == TIBETAN else rng.choices(_SURNAMES, _WEIGHTS)[0]


def pick_name(rng: Random, people: str, surname: str, sex: str, birth_year: int) -> str:
    """A whole name."""
    if people == UYGHUR:
        return f"{rng.choice(_UYGHUR[sex])}·{surname}"
    if people == TIBETAN:
        return rng.choice(_TIBETAN[sex])
    if people in (HUI, DONGXIANG) and rng.random() < 0.7:
        return surname + rng.choice((_HUI if people == HUI else _DONGXIANG)[sex])
    if birth_year >= 1985 and rng.random() < 0.015:
        return surname + rng.choice(_RARE)
    women, men = next((women, men) for before, women, men in _GIVEN if birth_year < before)
    return surname + rng.choice(women if sex == FEMALE else men)
