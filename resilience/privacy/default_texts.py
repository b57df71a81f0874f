"""The first version of what people agree to, as the migration writes it; staff add newer ones in the administration."""

from __future__ import annotations

# purpose → (in Chinese, in English)
TEXTS: dict[str, tuple[str, str]] = {
    "care": (
        (
            "为了按时上门或打电话关心您，社区记录您的特殊需要（例如独居、透析、残疾）和需要注意的事项。能看到的人"
            "：您所在网格的网格员、网格长和社区工作人员。您可以随时撤回；撤回后，这些需要当天终止，不再因此上门或"
            "来电。不同意不影响您求助。"
        ),
        (
            "So that somebody comes or calls in time, the community keeps on file which special needs you"
            " have (for example living alone, dialysis, a disability) and what to mind. The worker of your"
            " grid, their lead and the staff of the community can see it. You can take this back at any time:"
            " the needs then end the same day, and nobody comes or calls because of them. Asking for help"
            " does not depend on it."
        ),
    ),
    "sms": (
        (
            "您求助后，我们用短信告诉您编号、进展和结果。短信里没有您的姓名和住址。您可以随时撤回；撤回后不再发短"
            "信，您可以用编号查询，或打电话询问。"
        ),
        (
            "When you ask for help, we tell you the code, the progress and the result by text message. Your"
            " name and address are not in it. You can take this back at any time: no text message is sent any"
            " more; follow your request by its code, or call."
        ),
    ),
    "photos": (
        (
            "工作人员上门时，发现需要维修或处理的问题，可以拍照留存，便于后续办理。照片只给办理的人看。您可以随时"
            "拒绝或撤回；之后上门不再拍照，只用文字记录。"
        ),
        (
            "When somebody comes to your door and finds something to be seen to, they may take a photo of it"
            " for whoever sees to it. Nobody else sees it. You can say no or take this back at any time: no"
            " photo is taken on visits any more, it is described in words."
        ),
    ),
}
