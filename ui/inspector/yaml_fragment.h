#pragma once

#include <QString>
#include <QSyntaxHighlighter>

#include "core/base/value.h"

namespace signalbox::ui {

/// A piece of YAML on its own.
struct YamlFragment {
    Value value;
    QString error;  ///< a sentence, empty where the text is fit
    int line = 0;   ///< of the error
};
[[nodiscard]] YamlFragment parseFragment(const QString& text);

/// Keys, texts, numbers and comments of YAML in the theme's colours. Owned by its document. GUI thread.
class YamlHighlighter : public QSyntaxHighlighter {
    Q_OBJECT

public:
    explicit YamlHighlighter(QTextDocument* document);

protected:
    void highlightBlock(const QString& text) override;
};

}  // namespace signalbox::ui
