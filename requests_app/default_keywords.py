"""The words that suggest each default category and skill, Chinese and English; a district edits them afterwards."""

KEYWORDS: dict[str, str] = {
    "medical": (
        "陪诊、看病、就医、就诊、医院、门诊、挂号、复查、化验、体检、取药、配药、开药、打针、输液、换药、量血压、血糖、透析、住院、出院、轮椅\n"
        "hospital, doctor, clinic, medicine, prescription, blood pressure, appointment, wheelchair"
    ),
    "repair": (
        "修、坏了、漏水、漏电、渗水、堵了、堵塞、跳闸、停电、水管、水龙头、马桶、下水道、灯泡、灯不亮、开关、插座、电路、门锁、换锁、门坏、窗户、纱窗、扶手、安装\n"
        "repair, fix, broken, leak, tap, toilet, lock, light bulb, socket, fuse"
    ),
    "errand": (
        "代买、代办、买菜、买米、买药、买东西、跑腿、缴费、交费、充值、取快递、寄快递、快递、取件、送饭、送餐、领取、排队、办证、办卡、超市、银行\n"
        "shopping, groceries, errand, bill, parcel, post office, bank, pick up"
    ),
    "company": (
        "陪伴、陪聊、聊天、说说话、独居、孤单、寂寞、陪我、陪老人、照看、看护、看孩子、带孩子、接孩子、放学、散步、喂饭、照顾\n"
        "company, lonely, chat, babysit, child, watch my, walk with"
    ),
    "learning": (
        "作业、辅导、功课、补课、学习、上课、英语、数学、语文、写字、读书、手机、微信、电脑、上网、视频通话、智能手机、扫码、软件、不会用、教我\n"
        "homework, tutor, lesson, learn, teach, phone, computer, wechat, app"
    ),
    "advice": (
        "法律、律师、咨询、合同、官司、起诉、遗嘱、遗产、继承、离婚、赔偿、欠薪、维权、调解、纠纷、吵架、邻里、心理、焦虑、抑郁、失眠、想不开、情绪\n"
        "law, lawyer, legal, contract, advice, dispute, mediation, divorce, anxious, depressed, counselling"
    ),
    "cleaning": (
        "打扫、清洁、清扫、卫生、垃圾、杂物、清理、擦玻璃、擦窗、油烟机、楼道、院子、落叶、积雪、除草、搬家、搬运、搬东西、搬重物、抬、家具\n"
        "clean, rubbish, garbage, staircase, sweep, move, carry, furniture, heavy"
    ),
}
SKILL_KEYWORDS: dict[str, str] = {
    "medical-guide": (
        "陪诊、看病、就医、就诊、挂号、门诊、复查、化验、体检、取药、配药、住院、出院\n"
        "hospital, clinic, doctor, appointment, check-up, prescription"
    ),
    "nursing": (
        "换药、打针、量血压、血糖、褥疮、翻身、擦身、卧床、失能、瘫痪、插管、输液\n"
        "nursing, blood pressure, blood sugar, wound, bedridden, bandage"
    ),
    "repair": (
        "修、漏水、漏电、渗水、堵了、堵塞、跳闸、水管、水龙头、马桶、下水道、灯泡、插座、电路、开关、门锁、换锁、安装\n"
        "repair, fix, broken, leak, tap, toilet, lock, light bulb, socket, fuse"
    ),
    "driving": (
        "开车、车接、送我去、送他去、送她去、坐车去、用车、搭车、轮椅上车\n"
        "drive, car, lift to, pick me up, transport"
    ),
    "care": (
        "陪伴、陪聊、聊天、说说话、独居、孤单、寂寞、陪我、陪老人、照看、看护、看孩子、带孩子、散步、喂饭、照顾\n"
        "company, lonely, chat, babysit, child, watch my, walk with"
    ),
    "teaching": (
        "作业、辅导、功课、补课、英语、数学、语文、写字、读书、考试、拼音\n"
        "homework, tutor, lesson, maths, english, exam"
    ),
    "digital": (
        "手机、微信、电脑、上网、视频通话、智能手机、扫码、软件、下载、支付宝、健康码、密码忘\n"
        "phone, smartphone, computer, wechat, app, internet, online, video call"
    ),
    "law": (
        "法律、律师、合同、官司、起诉、遗嘱、遗产、继承、离婚、赔偿、欠薪、维权\n"
        "law, lawyer, legal, contract, will, divorce, compensation, wages"
    ),
    "counselling": (
        "心理、焦虑、抑郁、失眠、想不开、情绪、压力大\nanxious, depressed, sleep, counselling, stress, worry"
    ),
    "cleaning": (
        "打扫、清洁、清扫、垃圾、杂物、清理、擦玻璃、擦窗、油烟机、搬家、搬运、搬东西、搬重物、家具\n"
        "clean, rubbish, garbage, sweep, move, carry, furniture, heavy"
    ),
    "dialect": "方言、听不懂普通话、只会说、土话、家乡话\ndialect",
}
