# Styles and characters; drafts; comparisons.

name-style = style
name-save = save
name-list = list
name-share = share
name-delete = delete
name-name = name
name-template = template
name-parameters = parameters
name-picture = picture
name-picture_2 = picture_2
name-picture_3 = picture_3

command-style = Styles and characters: templates, models and pictures under a name
command-style-save = Save a style of your own; one of that name is replaced
command-style-list = The styles that you can use here
command-style-share = Make a style of yours the server’s, for everybody; for those who manage it
command-style-delete = Delete a style, and the message that keeps its pictures
option-style = A style or character; what you set yourself comes first
option-style-name = What it is called
option-style-template = The words around each prompt; where it goes, write “prompt” in curly brackets
option-style-model = The model that it is made with
option-style-duration = Length of videos in seconds
option-style-resolution = How large, for example 720p or 1080p
option-style-aspect-ratio = Shape, for example 16:9 or 9:16
option-style-parameters = The model’s own parameters, for example: negative_prompt=blurry; loop=true
option-style-picture = A picture of the character; it is posted here, and kept as long as that message is
option-style-share = Which one of yours
option-style-delete = Which one

style-whose =
    { $whose ->
        [server] the server’s
       *[own] yours
    }
style-model-gone = { $model } (not offered any more)
style-pictures-count =
    { $count ->
        [one] one picture
       *[other] { $count } pictures
    }
style-list-title =
    { $count ->
        [0] No styles yet
        [one] One style
       *[other] { $count } styles, page { $page } of { $pages }
    }
style-list-none = Save one with `/style save`: words around a prompt, a model, pictures of a character.
style-list-before = Before
style-list-after = Next
style-pictures = Pictures of the style **{ $style }**, from { $user }
style-pictures-kept = They are kept in this message. Whoever deletes it takes them away.
style-saved =
    { $replaced ->
        [True] I have saved **{ $style }** in the place of the old one.
       *[other] I have saved **{ $style }**. Use it with the option “style” of `/video` and `/image`.
    }
style-now-shared = **{ $style }** is the server’s now, for everybody. It stays if your data is deleted, without your name.
style-deleted = I have deleted **{ $style }**.
privacy-styles =
    { $count ->
        [0] No styles of yours.
        [one] One style of yours.
       *[other] { $count } styles of yours.
    }

refusal-style-name = A style needs a name of letters or digits, at most { $max } of them.
refusal-style-brace = There is a single “{ $given }” in the template. Write { $prompt } where the prompt goes, and { $open } or { $close } for a brace.
refusal-style-placeholder = I do not know “{ $given }” in the template. Only { $prompt } is filled in; write { $open } and { $close } for braces.
refusal-style-template-long = The template is { $length } characters long, and may have { $max }.
refusal-style-parameters = I cannot read “{ $given }”. Write parameters as name=value, with a semicolon between two.
refusal-style-parameters-alone = Parameters belong to a model. Please name the model as well.
refusal-style-unknown = There is no style “{ $given }” that you can use here. `/style list` lists them.
refusal-style-many =
    { $whose ->
        [server] The server has { $max } styles, and cannot have more. Delete one first.
       *[member] You have { $max } styles here, and cannot have more. Delete one first.
    }
refusal-style-shared = **{ $style }** is the server’s already.
refusal-style-taken = The server has a style called **{ $style }** already. Delete that one first, or save yours under another name.
refusal-input-kept-gone = “{ $given }” is gone: the message that kept it was deleted. Please give the file anew; pictures of a style are saved anew with `/style save`.

# Drafts
name-draft = draft
option-draft = A cheap one first: short, small, perhaps of a faster model
card-draft = -# A draft. Below the result, a button makes it properly.
result-properly = Make it properly
refusal-draft-none = There is no cheaper way to try this with **{ $model }**.
refusal-properly-unknown = I do not know that draft any more. Please order it with `/video` or `/image`.

# Comparisons
name-compare = compare
name-model_2 = model_2
name-model_3 = model_3
name-model_4 = model_4
command-compare = Give one prompt to two to four models, and vote for what they make
option-compare-prompt = What all of them are to show
option-compare-model = One of the models
option-compare-further = One more model
compare-title = { $count } models side by side, for { $user }
compare-price = 💵 { $estimate } in all
compare-ready =
    { $ready ->
        [0] { $user }, none of the { $count } models made anything of this.
       *[other] { $ready ->
            [one] { $user }, one of { $count } models is ready.
           *[other] { $user }, { $ready } of { $count } models are ready. Which one is best? Everybody has one vote.
        }
    }
compare-which = Which of them?
compare-vote = 👍 { $number } · { $model }
refusal-compare-model = With **{ $model }**:
refusal-compare-kinds = These models make different things. Compare models that all make videos, or all make images.
refusal-compare-twice = Each model can be compared once. Please choose different ones.
refusal-vote-unknown = I do not know that result any more.
