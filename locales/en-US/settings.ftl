# /settings and /setup, and what the log channel is told.

# What /settings calls its sections as choices; three are called like commands.
name-overview = overview
name-billing = billing
name-budgets = budgets
name-prices = prices
name-unclear = unclear
name-members = members
name-access = access
name-words = words
name-hours = hours
name-log = log
name-reviews = reviews
name-audit = audit

# The panel
settings-pick-section = Go to …
settings-saved = ✅ Saved. It is in force from now on.
settings-change = Change
settings-again = Fill it in again
settings-now-there = It is now { $time } there.
settings-section-overview = Overview
settings-section-billing = Billing
settings-section-budgets = Budgets and confirmation
settings-section-prices = Prices that nobody lists
settings-section-unclear = What may have been charged
settings-section-members = Members' limits
settings-section-access = Who may order, and where
settings-section-models = What may be ordered
settings-section-words = Words
settings-section-hours = Hours and time zone
settings-section-queue = Queue
settings-section-log = Log channel and weekly summary
settings-section-reviews = A moderator's yes before others see results
settings-section-privacy = Privacy
settings-section-audit = Audit log
settings-section-protection = How careful to be
settings-section-trial = A first picture
settings-about-overview = How this server has set me up. Choose below what you want to change.
settings-about-billing = Who pays for what members order here.
settings-about-budgets = When a budget is used up, orders are refused until the next day or month begins. The log channel hears of it at 50, 80 and 100 %.
settings-about-prices = Of some models nobody knows beforehand what they cost. Then an amount is set aside until that is known, so that a budget holds. What you know of prices goes before it; it counts where this server pays itself.
settings-about-unclear = Of these Oxen never said what became of them, so their estimates count towards the budgets. Look at your account at Oxen, then say here what is true. It is about the money alone: a result that turns up is delivered.
settings-about-members = What one member may order and spend. Of several that apply, the most generous counts. Reserved amounts count until the order is over.
settings-about-access = Choose nobody and nothing to let everybody order everywhere. A category stands for all of its channels.
settings-about-models = Choose nothing to offer every model. A model may be ordered if it is named, or if one of its groups is chosen.
settings-about-words = Prompts with these words are refused, politely. Whoever wrote one reads which word it was; nobody else does.
settings-about-hours = Days and months of budgets begin by this clock. In quiet hours nothing is ordered; what is under way goes on.
settings-about-queue = So many outputs are made at a time; what exceeds that waits, and members take turns.
settings-about-log = I post budgets that fill up and a key that stops working there; what moderators do and how the week was, if you want.
settings-about-reviews = In these channels and categories, a result goes to the moderators first: in the log channel, or in one of its own. After a yes I post it as ever; after a no, or a day without an answer, I tell whoever ordered it. It is charged in any case, for it was made.
settings-about-privacy = After this time I forget the words of an order that is over. What it cost stays in the books.
settings-about-audit = Who changed these settings, and who did what to the queue. Newest first.
settings-about-protection = What is spent is spent by your members and paid by you. Pick one; you can change every part of it later.
settings-about-trial = To see whether all of it works, order something small.

# Billing
settings-namespace = Orders are billed to the Oxen.ai namespace **{ $namespace }**.
settings-key = This server pays by its own Oxen.ai key, ending in “{ $tail }”.
settings-key-refused = ⚠️ Oxen.ai does not accept this server's key ending in “{ $tail }” any more, so nobody can order. Enter another one.
settings-namespace-none-refused = ⚠️ Nobody pays yet, so nobody can order. Name a namespace, or enter a key of this server.
settings-namespace-none-own = The owner of this bot pays, because this server has settled nothing. You can change that.
settings-namespace-none-trial = This server is on trial: the owner of this bot pays for another **{ $left }**. After that you have to say who pays.
settings-namespace-saved = ✅ Saved. From now on orders of this server are billed to **{ $namespace }**. Orders already under way stay with who paid before.
settings-key-saved = ✅ Saved. From now on this server pays by its key ending in “{ $tail }”. I keep it encrypted and never show more of it than that.
settings-key-forgotten = ✅ The key is forgotten, and with it the namespace. It is deleted when the last order under way by it is over.
settings-key-forget-sure = **Forget the key?** From then on nobody of this server pays, until you name a namespace or enter a key. Orders under way go on.
settings-key-forget = Forget the key
settings-key-keep = Keep it
settings-namespace-set = Name a namespace
settings-namespace-clear = Remove the namespace
settings-namespace-cleared = ✅ Saved. The namespace is removed; orders already under way stay with it.
settings-key-set = Enter a key
settings-key-impossible = This bot's owner has not prepared it for keys of servers; a namespace works.
settings-field-namespace = Namespace on Oxen.ai
settings-hint-namespace = As in the address of its page: oxen.ai/your-namespace. I ask Oxen.ai before I take it.
settings-field-key = API key of Oxen.ai
settings-hint-key = From your profile on Oxen.ai, API keys. Afterwards only its last four characters are shown.

# Budgets
settings-spent = { $span ->
        [today] Today
       *[month] This month
    }: { $charged } charged{ $reserved ->
        [none] {""}
       *[other] , { $reserved } reserved
    }{ $unclear ->
        [none] {""}
       *[other] , { $unclear } unclear
    }{ $left ->
        [none] .
       *[other] {" "}· **{ $left }** left of { $budget }; it begins anew { $resets }.
    }

# Hints in forms
settings-hint-amount = { $rule ->
        [confirm_above] In USD, for example 0.50. 0 asks about every order; empty never asks.
       *[other] In USD, for example 25 or 12.50. Empty: no limit.
    }
settings-hint-ceiling = In USD, for example 0.25.
settings-hint-prices = A line for each model: its name = USD for an image or a second. Such as: nano-banana-2 = 0.04
settings-prices-left-out = Saved, without these lines:
price-line = Line { $number }, “{ $line }”: { $why ->
        [model] there is no such model
        [twice] this model has a price already
        [currency] only US dollars are understood
        [negative] a price is not negative
        [large] that is more than anything costs
        [number] that is no amount
       *[shape] write it as: model = 0.04
    }
unclear-none = ✅ Nothing is unclear.
unclear-line = **{ $price }** · order { $order }, output { $number } · { $model } · { $user } · { $when }
unclear-option = { $price } · order { $order }, output { $number }
unclear-pick = Clear one
unclear-ask = Was it charged?
unclear-free = Not charged
unclear-charged = Charged { $price }
unclear-freed = ✅ Cleared: order { $order } was not charged, and { $price } is free again.
unclear-booked = ✅ Cleared: { $price } is booked for order { $order }.
refusal-unclear-settled = That is clear by now. Nothing has changed.
settings-hint-limit = { $what ->
        [spend_per_day] In USD, for example 2.50. Empty: no limit.
        [spend_per_month] In USD, for example 20. Empty: no limit.
        [longest] Seconds, for example 10. Empty: no limit.
        [resolution] For example 720p, 1080p or 4k. Empty: no limit.
       *[other] A whole number. Empty: no limit.
    }
settings-hint-models = Ids or names, one a line. Empty: none.
settings-hint-words = One a line. * stands for any letters: explo* finds explode and explosion.
settings-hint-hours = { $rule ->
        [time_zone] For example Europe/Berlin or America/New_York. Empty: UTC.
       *[other] For example 22-7 or 22:30-06:00. Empty: none.
    }
settings-hint-running = A whole number from 1 to 1000. Empty: no limit.
settings-field-limit = { $what ->
        [in_flight] Orders under way at a time
        [per_day] Orders a day
        [spend_per_day] Spending a day
        [spend_per_month] Spending a month
        [longest] Longest video
       *[resolution] Highest resolution
    }
settings-form-limits = { $who ->
        [everyone] Limits for everybody
       *[other] Limits for { $who }
    }
settings-limits-everyone = Orders and spending, for everybody
settings-sizes-everyone = Length and resolution, for everybody
settings-limits-role = Orders and spending, for a role …
settings-sizes-role = Length and resolution, for a role …
settings-pick-roles = Roles that may order (none: everybody)
settings-pick-channels = Channels in which to order (none: all)
settings-pick-banned = Members who may not order
settings-pick-groups = Groups of models (none: all)
settings-models-name = Name single models
settings-pick-log = Log channel (none: no news)
settings-pick-reviewed = Channels where results wait (none: nowhere)
settings-pick-review = Where moderators are asked (none: the log channel)
settings-pick-retention = For how long prompts are kept
settings-switch = { $rule }: { $state ->
        [on] on
       *[off] off
    }
settings-log-hello = From now on I post the news of this server here: budgets that fill up, a key that stops working, and what else was chosen in `/settings`.
settings-review-hello = From now on I ask moderators here before I show results in some channels.
settings-log-lost = ⚠️ I could not post in { $channel } any more: it was deleted, or I may not write there. There is no log channel now; please choose one.
settings-models-gone = ⚠️ Oxen.ai does not offer these any more: { $models }
deleted-role = a role that was deleted
deleted-channel = a channel that was deleted
settings-audit-none = Nothing yet.
settings-audit-newest = Newest
settings-audit-older = Older

refusal-log-channel = I cannot write in { $where }, so nothing has changed. Allow me to see it and to send messages there, or choose another channel.
refusal-log-channel-later = Discord does not let me write just now, so nothing has changed. Please try again in a minute.
refusal-review-nowhere = Moderators have to be asked somewhere, so nothing has changed. Choose a channel for that here first, or a log channel.
refusal-resolution = “{ $given }” is no resolution that I know. Type it as 720p, 1080p or 4k, or leave it empty for no limit.
refusal-rule-model = I do not know a model “{ $given }”, so nothing has changed.{ $nearest ->
        [none] {""}
       *[other] {" "}Do you mean **{ $nearest }**?
    }
refusal-rule-models-many = Those are { $count } models; at most { $max } fit. Choose groups in their place.
refusal-rule-words-long = Those words have { $length } characters together; at most { $max } fit.

# The rules in words
rule-name = { $rule ->
        [month_budget] Budget a month
        [day_budget] Budget a day
        [confirm_above] Ask for confirmation
        [unpriced] Orders without a known price
        [ceiling_image] Set aside for an image without a known price
        [ceiling_second] Set aside for a second of such a video
        [prices] Prices of your own
        [running] Outputs made at a time
        [everyone] Limits for everybody
        [by_role] Limits by role
        [channels] Channels
        [roles] Roles that may order
        [models] Models allowed by name
        [groups] Groups of models
        [blocked] Refused words
        [restricted] Words for age-restricted channels only
        [restricted_models] Models for age-restricted channels only
        [quiet] Quiet hours
        [banned] Members who may not order
        [log_channel] Log channel
        [log_channel_lost] Log channel that was lost
        [showcase_channel] Showcase channel
        [showcase_channel_lost] Showcase channel that was lost
        [showcase_stars] Stars for the showcase
        [reviewed] Channels where results wait for a moderator
        [review_channel] Where moderators are asked
        [acts_told] Moderators' acts and changes
        [weekly_summary] Weekly summary
        [retention] Prompts are kept
        [paused] Queue paused
        [drained] New orders refused
       *[time_zone] Time zone
    }
rule-none = { $rule ->
        [month_budget] no limit
        [day_budget] no limit
        [confirm_above] never
        [running] no limit
        [everyone] no limits
        [channels] all
        [roles] everybody
        [groups] all
        [banned] nobody
        [retention] as long as I am here
        [log_channel] none
        [showcase_channel] none
        [review_channel] in the log channel
       *[other] none
    }
rule-on = on
rule-off = off
rule-always = for every order
rule-above = above { $amount }
rule-unpriced = { $choice ->
        [refuse] refused
        [manager] a manager has to agree
       *[ceiling] ordered, with an amount set aside
    }
rule-prices = { $count ->
        [one] one model
       *[other] { $count } models
    }
rule-allowance = { $what ->
        [in_flight] { $value } under way at a time
        [per_day] { $value } a day
        [spend_per_day] { $value } a day
        [spend_per_month] { $value } a month
        [longest] { $value } s at most
       *[resolution] { $value }p at most
    }
rule-further = … and { $count } more
rule-patterns = { $count ->
        [one] one
       *[other] { $count }
    }
rule-days = { $count ->
        [one] one day
       *[other] { $count } days
    }

# What people did, in the audit log and the log channel
act-nobody = I
act-rules-changed = { $user } changed **{ $rule }**: { $before } → { $after }
act-payer-changed = { $user } changed **who pays**: { $before } → { $after }
act-cancelled-order = { $user } cancelled order { $subject }
act-cancelled-member = { $user } cancelled everything of { $subject }
act-cancelled-channel = { $user } cancelled everything in { $subject }
act-cancelled-all = { $user } cancelled everything
act-unclear-charged = { $user } said that order { $subject } was charged { $before }
act-unclear-free = { $user } said that order { $subject } was not charged { $before }
act-moved = { $user } moved order { $subject } in the queue
act-paused = { $user } paused the queue
act-drained = { $user } stopped new orders
act-resumed = { $user } set **{ $rule }**: { $before } → { $after }
payer-none = nobody
payer-namespace = namespace { $namespace }
payer-key = key ending in “{ $tail }”

# The log channel
notice-budget = { $share ->
        [100] 🛑 This { $period ->
            [day] day's
           *[month] month's
        } budget of { $budget } is used up, so no more orders are taken. It begins anew <t:{ $resets }:R>; whoever manages this server can raise it in `/settings`.
       *[other] 💰 { $share } % of this { $period ->
            [day] day's
           *[month] month's
        } budget of { $budget } is spent or reserved: { $spent }. It begins anew <t:{ $resets }:R>.
    }
notice-agreement = 🤝 <@{ $user }> would like to order from **{ $model }**, whose price nobody knows beforehand; up to { $price } would be set aside. Whoever manages this server can agree here, for a day: https://discord.com/channels/{ $server }/{ $channel }/{ $message }
notice-above = 💸 Oxen charged { $price } for an output of order { $order } by **{ $model }**, and { $reserved } had been set aside for it. It is booked, and counts towards the budgets.
notice-difference = 🧾 Since the last comparison, Oxen's own total has moved { $change } { $side ->
        [more] above
       *[less] below
    } my books. What can be behind it: { $unclear-outputs ->
        [0] {""}
        [one] one output that is unclear ({ $unclear-usd }),{" "}
       *[other] { $unclear-outputs } outputs that are unclear ({ $unclear-usd }),{" "}
    }{ $estimated-outputs ->
        [0] {""}
        [one] one output of which Oxen has not said the cost ({ $estimated-usd }),{" "}
       *[other] { $estimated-outputs } outputs of which Oxen has not said the cost ({ $estimated-usd }),{" "}
    }{ $running-outputs ->
        [0] {""}
        [one] one output that is being made ({ $running-usd }),{" "}
       *[other] { $running-outputs } outputs that are being made ({ $running-usd }),{" "}
    }{ $late-outputs ->
        [0] {""}
        [one] one output that came late ({ $late-usd }),{" "}
       *[other] { $late-outputs } outputs that came late ({ $late-usd }),{" "}
    }{ $failed-outputs ->
        [0] {""}
        [one] one failed output that may have been charged all the same ({ $failed-usd }),{" "}
       *[other] { $failed-outputs } failed outputs that may have been charged all the same ({ $failed-usd }),{" "}
    }or somebody who uses the account beside me. What is unclear can be cleared in `/settings`; ask Oxen.ai about the rest.
notice-untold = 📭 I could not post the result of order { $order } in <#{ $channel }>, nor send it to its requester. Please let me see that channel, send messages and attach files there; I keep trying for a day. `/history` shows it by its id.
notice-key-refused = 🔑 Oxen.ai does not accept this server's key ending in “{ $tail }” any more, so nobody can order. Whoever manages this server can enter another one in `/settings`.
notice-deleted = { $rule ->
        [limits] 🧹 A role with limits of its own was deleted, so those limits apply to nobody now.
        [channels] ⚠️ A channel in which orders were taken was deleted. { $left ->
            [0] It was the last one, so nobody can order
           *[other] Orders are still taken in the others
        }; whoever manages this server can change that in `/settings`, under “Who may order, and where”.
       *[roles] ⚠️ A role that could order was deleted. { $left ->
            [0] It was the last one, so nobody can order
           *[other] The others still can
        }; whoever manages this server can change that in `/settings`, under “Who may order, and where”.
    }

# /setup
setup-step = Step { $step } of { $steps }
setup-back = Back
setup-next = Next
setup-skip = Skip
setup-protection =
    - **Cautious**: { $budget } a month for the whole server, a question before an order above { $above }, and { $count ->
        [one] one order
       *[other] { $count } orders
    } a day for each member. Where a price is not known, { $image } is set aside for an image and { $second } for a second of video.
    - **Open**: no budget, no question, no limits for members. They can order for as much as the account holds.
    - **Let me choose**: each of these, one after the other.
setup-cautious = Cautious
setup-open = Open
setup-choose = Let me choose
setup-cautious-set = ✅ Cautious it is. `/settings` changes any part of it.
setup-open-set = ✅ Open it is: nothing limits what is ordered. `/settings` sets limits at any time.
setup-trial = **{ $model }** makes one picture for **{ $price }**, of “{ $prompt }”. It is posted in this channel for everybody to see.
setup-trial-order = Order it for { $price }
setup-trial-none = At the moment I know no model whose price is public and that this server allows. You can skip this; `/image` works as soon as there is one.
setup-prompt = a lighthouse on a small island at sunrise, watercolour
setup-ordered = 🎉 Ordered. The picture appears in this channel when it is ready, usually within a minute.
setup-asked = 👇 Nearly there: this server asks about such a price, so say yes to it in the card below.
setup-done-title = All set
setup-done = Members order with `/video` and `/image`. `/settings` changes any of this, and has more: limits for members and roles, models, words, quiet hours.
