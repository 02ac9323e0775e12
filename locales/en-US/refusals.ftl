# What a person can put right: what is wrong, what would be right.

refusal-prompt-empty = The prompt is empty. Tell me what to show.
refusal-prompt-long = The prompt has { $length } characters; at most { $max } fit. Please shorten it.
refusal-count = I can make 1 to { $max } at a time, not { $given }.
refusal-model-unknown =
    There is no model “{ $given }”. { $nearest ->
        [none] Type a few letters under **model** and pick one from the list.
       *[other] Did you mean **{ $nearest }**? Type a few letters under **model** to see what there is.
    }
refusal-model-text-only = **{ $model }** writes text; it makes no pictures or videos. Pick another one from the list under **model**.
refusal-model-wrong-kind =
    { $makes ->
        [video] **{ $model }** makes videos. Use `/video` for it, or pick an image model.
       *[image] **{ $model }** makes images. Use `/image` for it, or pick a video model.
    }
refusal-model-needs-input = **{ $model }** needs more than a prompt ({ $needs }), and I cannot pass that on yet. Pick another one from the list under **model**.
refusal-no-models = There is no model for that at Oxen.ai right now. Please try again later.
refusal-option-unknown = **{ $model }** has no option **{ $option }**. Leave it out, or pick another model.
refusal-duration = A length of { $given ->
        [one] one second
       *[other] { $given } seconds
    } is not possible with this model. It knows: { $allowed }. The nearest is **{ $nearest }**.
refusal-not-a-choice = **{ $option }** cannot be “{ $given }” with this model. It knows: { $allowed }.
refusal-out-of-range = **{ $option }** cannot be { $given } with this model. It may be { $allowed }; the nearest is **{ $nearest }**.
refusal-not-a-number = “{ $given }” is not a whole number. Use digits only, for example 42.
refusal-catalogue-missing = I cannot reach Oxen.ai at the moment, so I do not know its models. Nothing was ordered. Please try again in a minute.
refusal-no-namespace = Nobody pays for this server yet, so nothing was ordered. Someone who may manage the server can set the Oxen.ai namespace with `/settings namespace`.
refusal-namespace-name = “{ $given }” cannot be a namespace. It has letters, digits, dots, hyphens and underscores, as in the address of your page on Oxen.ai.
refusal-guild-only = I work in servers, where the server pays. Please use this command in a server's channel.
refusal-cannot-post = I could not post the result in this channel: I am missing the right to { $missing }. Ask a moderator to allow it, or use another channel. Nothing was ordered.
refusal-cancel-unknown = I do not know that generation. Pick one from the list.
refusal-cancel-not-yours = Only the person who ordered this, or a moderator, can cancel it.
refusal-cancel-over = That is over already; there is nothing to cancel.
refusal-cancel-already = That is being cancelled already. It takes a moment.
refusal-manage-server = Only people who may manage this server can do that.
refusal-closing = I am restarting. Please try again in a minute; nothing was ordered.
refusal-link-unknown = I do not know that result any more.
refusal-link-later = Oxen cannot be reached at the moment. Please press the button again in a minute.
refusal-link-gone = Oxen does not offer this result for download any more. It may still be in the namespace on Oxen.ai.
refusal-again-unknown = I do not know that order any more.
refusal-again-not-yours = Only the person who ordered this, or a moderator, can order it again. `/video` and `/image` are for everybody.
refusal-again-already = This was ordered again already; look for the newer card.
refusal-again-not-yet = Some of this order is still under way. Please wait until all of it is over.
refusal-again-nothing = Nothing of this order failed in a way that trying again could mend.
